namespace FastRing.Queues;

/// <summary>Which buffers of a chain a device wants to see. The others are left out: their order is checked, their addresses are not looked at.</summary>
public enum ChainDirection
{
    /// <summary>The buffers the device reads: a transmit queue.</summary>
    Readable,

    /// <summary>The buffers the device writes: a receive queue.</summary>
    Writable,

    /// <summary>All, the readable ones first.</summary>
    Both,
}
