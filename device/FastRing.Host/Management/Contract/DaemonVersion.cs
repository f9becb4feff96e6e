namespace FastRing.Host.Management.Contract;

/// <summary>The daemon itself.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Pid">Its process.</param>
internal sealed record DaemonVersion(string Version, int Pid);
