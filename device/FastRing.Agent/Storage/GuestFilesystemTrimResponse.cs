namespace FastRing.Agent;

/// <summary>What was trimmed (<c>GuestFilesystemTrimResponse</c>).</summary>
/// <param name="Paths">One for each file system.</param>
public sealed record GuestFilesystemTrimResponse(IReadOnlyList<GuestFilesystemTrimResult> Paths);
