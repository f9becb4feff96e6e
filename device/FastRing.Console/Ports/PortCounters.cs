namespace FastRing.Console.Ports;

/// <summary>What passed through a port since the device was made. Written by the worker; other threads may read it at any time.</summary>
public sealed class PortCounters
{
    /// <summary>Bytes the host's endpoint took from the guest.</summary>
    public ulong BytesToHost { get; internal set; }

    /// <summary>Bytes the guest's buffers took from the host's endpoint.</summary>
    public ulong BytesToGuest { get; internal set; }

    /// <summary>Bytes of the guest nobody took: no such port, or a console without a reader.</summary>
    public ulong BytesDiscarded { get; internal set; }

    /// <summary>Times the guest opened the port.</summary>
    public ulong GuestOpens { get; internal set; }

    /// <summary>Clients let in on the host's side.</summary>
    public ulong ClientsAccepted { get; internal set; }

    /// <summary>Clients turned away on the host's side.</summary>
    public ulong ClientsRefused { get; internal set; }
}
