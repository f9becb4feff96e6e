namespace FastRing.Host.Management.Contract;

/// <summary>What reading the configuration file again has changed. A guest is called by its name, a port GUEST/PORT.</summary>
/// <param name="Added">What is there now.</param>
/// <param name="Removed">What is there no more.</param>
/// <param name="Changed">What was changed in place, or closed and opened again.</param>
/// <param name="Unchanged">Ports that were left alone.</param>
internal sealed record ReloadResult(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed, int Unchanged);
