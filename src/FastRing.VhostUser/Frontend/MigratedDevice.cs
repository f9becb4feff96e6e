namespace FastRing.VhostUser.Frontend;

/// <summary>A device as it stopped.</summary>
/// <param name="State">Its state.</param>
/// <param name="Bases">Where its rings stopped, in the order they were given: for <see cref="VhostUserFrontend.SetVringBase"/>.</param>
public sealed record MigratedDevice(byte[] State, IReadOnlyList<uint> Bases);
