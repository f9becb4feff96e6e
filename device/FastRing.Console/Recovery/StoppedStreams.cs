using FastRing.Console.Endpoints;
using FastRing.Console.State;

namespace FastRing.Console.Recovery;

/// <summary>Where a killed process has left a port's streams: its line, read with the places its rings are at.</summary>
/// <param name="line">Untrusted.</param>
/// <param name="transmit">Where the transmit ring is; null: it did not run, and is where the line says.</param>
/// <param name="receive">Where the receive ring is; null as above.</param>
internal readonly struct StoppedStreams(StreamLine line, uint? transmit, uint? receive)
{
    /// <summary>The rings are where the line says, and so is its session.</summary>
    public StreamPositions Session => HasTransmit && HasReceive ? new StreamPositions(line.Session, IsSent ? line.ToHostAfter : line.ToHostBefore, IsFilled ? line.ToGuestAfter : line.ToGuestBefore) : default;

    /// <summary>Where the transmit ring is, and bytes of the chain there that were taken. What was taken since the last publication is not known: it is offered again.</summary>
    public (uint Base, ulong Consumed) Transmit => (transmit ?? line.TransmitAfter, HasTransmit && IsSent ? line.Consumed : 0);

    /// <summary>Where the receive ring is.</summary>
    public uint ReceiveBase => receive ?? line.ReceiveAfter;

    /// <summary>The receive buffers that are out; null: not known.</summary>
    public BuffersOut? Receive
    {
        get
        {
            int undone = IsFilled ? 0 : line.Chains;
            ulong undoneBytes = IsFilled ? 0 : line.ToGuestAfter - line.ToGuestBefore;
            bool isSane = HasReceive && line is { Sequence: not 0, ReceiveSize: > 0 and <= 32768, First: <= int.MaxValue, Available: <= long.MaxValue, Returned: <= long.MaxValue }
                && line.Out <= line.ReceiveSize && undone <= line.Out && (ulong)undone <= line.Available && undoneBytes <= line.BytesOut;
            int count = line.Out - undone;
            var bytes = (uint)Math.Min(line.BytesOut - undoneBytes, uint.MaxValue);
            return isSane ? new BuffersOut(line.ReceiveSize, line.Available - (ulong)undone, line.First, line.Returned, count, Math.Max(count, 1), count > 0 ? [bytes] : []) : null;
        }
    }

    /// <summary>The port's counters.</summary>
    public (ulong ToHost, ulong ToGuest) Bytes => (
        IsSent ? line.BytesToHost : line.BytesToHost - Math.Min(line.ToHostAfter - line.ToHostBefore, line.BytesToHost),
        IsFilled ? line.BytesToGuest : line.BytesToGuest - Math.Min(line.ToGuestAfter - line.ToGuestBefore, line.BytesToGuest));

    private bool IsSent => transmit is null || transmit == line.TransmitAfter;

    private bool IsFilled => receive is null || receive == line.ReceiveAfter;

    private bool HasTransmit => IsSent || transmit == line.TransmitBefore;

    private bool HasReceive => IsFilled || receive == line.ReceiveBefore;
}
