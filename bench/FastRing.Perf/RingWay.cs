namespace FastRing.Perf;

/// <summary>How the messages of a <see cref="RingCase"/> are handled.</summary>
internal enum RingWay
{
    /// <summary>Ringtest's workload exactly: the device takes one message, gives it back and publishes it, and then takes the next.</summary>
    Exact,

    /// <summary>The device takes up to 16 at once, and still gives each back and publishes it by itself.</summary>
    PopSixteen,

    /// <summary>What was taken at once is published at once, by both sides.</summary>
    Batched,
}
