namespace FastRing.Host.Keeping;

/// <summary>Where a keeper listens for a guest's VMM.</summary>
/// <param name="Name">The guest.</param>
/// <param name="Path">The socket; null: there is a descriptor.</param>
/// <param name="Fd">A socket that the keeper was started with.</param>
internal sealed record KeptSocket(string Name, string? Path, int? Fd);
