namespace FastRing.Console.Recording;

/// <summary>How a port is recorded.</summary>
/// <param name="WithPayload">The bytes themselves; false: how many only.</param>
/// <param name="MostUnread">Bytes of the recording that may wait for its reader; what happens when they do is counted as lost.</param>
public sealed record RecordingOptions(bool WithPayload = true, int MostUnread = 1 << 20);
