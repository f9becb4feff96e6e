using System.Runtime.InteropServices;

namespace FastRing.Console.Recovery;

/// <summary>
/// What is stored of a port's two streams before the driver is shown anything of either: where each ring is before that publication and after it, and which bytes of the session
/// stand there. Whoever comes after a kill finds the ring at one of the two places.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct StreamLine
{
    /// <summary>Two cache lines; a port has two of them in turn.</summary>
    public const int SizeBytes = 128;

    /// <summary>Of two, the line with the greater number counts. Stored last; 0: never.</summary>
    public ulong Sequence;

    /// <summary>The session its positions are of.</summary>
    public Guid Session;

    public uint TransmitBefore;
    public uint TransmitAfter;
    public ulong ToHostBefore;
    public ulong ToHostAfter;

    /// <summary>Bytes of the chain at <see cref="TransmitAfter"/> an endpoint without a session has taken already.</summary>
    public uint Consumed;

    /// <summary>Entries of the receive ring.</summary>
    public ushort ReceiveSize;

    /// <summary>Of its buffers those that are out at <see cref="ReceiveAfter"/>, as <see cref="State.BuffersOut"/> has them.</summary>
    public ushort Out;

    public uint ReceiveBefore;
    public uint ReceiveAfter;
    public ulong ToGuestBefore;
    public ulong ToGuestAfter;

    public ulong Available;
    public ulong Returned;
    public ulong BytesOut;
    public uint First;

    /// <summary>Receive buffers of this publication.</summary>
    public ushort Chains;

    /// <summary>What the port's counters are after it.</summary>
    public ulong BytesToHost;
    public ulong BytesToGuest;
}
