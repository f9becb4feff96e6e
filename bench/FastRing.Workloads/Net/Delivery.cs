namespace FastRing.Workloads.Net;

/// <summary>What became of a packet for the driver.</summary>
internal enum Delivery
{
    /// <summary>It is in the driver's buffers.</summary>
    Done,

    /// <summary>Not enough buffers now; the same packet can be tried again.</summary>
    NoBuffers,

    /// <summary>The driver's buffers are too small for it.</summary>
    TooLong,
}
