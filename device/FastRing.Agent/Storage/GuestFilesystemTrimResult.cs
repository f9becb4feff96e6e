namespace FastRing.Agent;

/// <summary>A file system that was to be trimmed (<c>GuestFilesystemTrimResult</c>).</summary>
/// <param name="Path">Where it is mounted.</param>
/// <param name="Trimmed">Bytes discarded.</param>
/// <param name="Minimum">Shortest range the file system took.</param>
/// <param name="Error">Why it failed, if it did.</param>
public sealed record GuestFilesystemTrimResult(string Path, long? Trimmed = null, long? Minimum = null, string? Error = null);
