namespace FastRing.Host.Recordings;

/// <summary>What became of a recording that was done again.</summary>
/// <param name="Events">Events of it that were.</param>
/// <param name="BytesSent">What the guest sent.</param>
/// <param name="BytesReceived">What the guest was sent.</param>
/// <param name="Differences">What was otherwise than recorded, the first of it.</param>
internal sealed record ReplayReport(long Events, long BytesSent, long BytesReceived, IReadOnlyList<string> Differences);
