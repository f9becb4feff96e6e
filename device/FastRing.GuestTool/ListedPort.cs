namespace FastRing.GuestTool;

/// <summary>A port in <c>list --json</c>.</summary>
internal sealed record ListedPort(string Name, string Path, int Device, int Number, bool? HostConnected);
