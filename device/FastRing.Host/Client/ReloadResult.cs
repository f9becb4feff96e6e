namespace FastRing.Host.Client;

/// <summary>What reading the configuration file again changed.</summary>
/// <param name="Added">Ports, and guests, that are new.</param>
/// <param name="Removed">Those that are gone.</param>
/// <param name="Changed">Those that are different.</param>
/// <param name="Unchanged">How many were left alone.</param>
internal sealed record ReloadResult(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed, int Unchanged);
