namespace FastRing.Workloads.Net;

/// <summary>What the device does with packets.</summary>
internal enum NetMode
{
    /// <summary>Gives every packet back: the driver receives what it transmitted.</summary>
    Loopback,

    /// <summary>Reads every packet into private memory and forgets it.</summary>
    Sink,

    /// <summary>Fills every receive buffer with the same packet.</summary>
    Source,
}
