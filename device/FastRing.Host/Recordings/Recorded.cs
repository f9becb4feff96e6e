namespace FastRing.Host.Recordings;

/// <summary>What a recording came to.</summary>
/// <param name="Events">Lines but the first.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Ended">Why it ended.</param>
internal sealed record Recorded(long Events, long Bytes, string Ended);
