using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Workers;

namespace FastRing.Console;

/// <summary>
/// What a guest writes to <c>emerg_wr</c>: a byte at a time, before it has any queue (virtio 1.2, 5.3.4). It goes to the first console, or is
/// discarded; so is what comes faster than a console is read.
/// </summary>
internal sealed class EmergencyOutput
{
    private const long BytesPerSecond = 64 * 1024;

    private readonly PrivateBytes _byte = new(1);
    private RateMeter _meter = new(BytesPerSecond);

    /// <summary>Bytes the console's endpoint took.</summary>
    public ulong Written { get; private set; }

    /// <summary>Bytes that were discarded.</summary>
    public ulong Discarded { get; private set; }

    public void Write(byte value, ReadOnlySpan<PortSlot> slots)
    {
        PortSlot? console = FirstConsole(slots);
        long now = MonotonicClock.Now;
        nint taken = 0;
        if (console is { Port: { HasStopped: false, Endpoint: { IsOpen: true } endpoint } } && _meter.Available(now) > 0)
        {
            _meter.Spend(1, now);
            _byte.Span[0] = value;
            IoVector segment = _byte.Vector;
            taken = Offer(console.Port, endpoint, segment);
            if (taken == 0)
            {
                // One that works in place may have kept it, as if it were the guest's buffer. It is offered those anew.
                console.Port.ReleaseBuffers();
                console.Wake();
            }
        }

        Written += (ulong)taken;
        Discarded += taken == 0 ? 1UL : 0;
    }

    private static nint Offer(Port port, IHostEndpoint endpoint, IoVector segment)
    {
        try
        {
            return endpoint.Write(new ReadOnlySpan<IoVector>(ref segment));
        }
        catch (Exception e)
        {
            port.Stop(e);
            return 0;
        }
    }

    private static PortSlot? FirstConsole(ReadOnlySpan<PortSlot> slots)
    {
        foreach (PortSlot slot in slots)
        {
            if (slot.Port.IsConsole)
            {
                return slot;
            }
        }

        return null;
    }
}
