namespace FastRing.Agent.Broker;

/// <summary>The next thing in a client's bytes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Skipped">Bytes before it that mean nothing.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct RequestFrame(RequestFrameKind Kind, long Skipped, long Length);
