using FastRing.Console.Spec;
using FastRing.Fuzz.Consoles;
using FastRing.Queues;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// A driver that says anything on the control queue, and takes messages when it likes, while ports and their clients come and go. Oracle: what it says is given back at once; and a driver that has
/// in the end dealt with everything knows exactly the ports there are, their names, and who is there.
/// </summary>
internal sealed class ControlQueues() : ConsoleTarget((0, 0x4000), (ReceiveAt, 0x1000), (TransmitAt, 0x1000))
{
    private const ulong ReceiveAt = 0x1_0000;
    private const ulong TransmitAt = 0x2_0000;
    private const ulong MessageAt = 0x100;
    private const ulong SlotsAt = 0x1000;
    private const int SlotBytes = 0x80;
    private const int MostRounds = 40;
    private const int MostAsked = KeptQueue.Size + 1;

    private static readonly int[] s_sizes = [0, 1, 7, 8, 9, 12, 64, 128];

    private readonly KnownPorts _known = new();
    private readonly Stack<ulong> _free = new();
    private readonly List<uint> _added = [];
    private KeptQueue _receive = null!;
    private KeptQueue _transmit = null!;

    public override string Name => "control-queue";

    public override void QueueBroken(int index, VirtqueueError reason) => throw new FindingException($"queue {index} broke: {reason}");

    protected override void Begin()
    {
        _known.Clear();
        _added.Clear();
        _free.Clear();
        for (ulong slot = 0; slot < KeptQueue.Size; slot++)
        {
            _free.Push(slot);
        }

        _receive = new KeptQueue(Device, Guest, QueueMap.ControlReceive, ReceiveAt, Features);
        _transmit = new KeptQueue(Device, Guest, QueueMap.ControlTransmit, TransmitAt, Features);
        _receive.Start();
        _transmit.Start();
    }

    protected override bool Step(ref FuzzInput input)
    {
        byte what = input.Byte();
        switch (what & 7)
        {
            case 0 or 1:
                byte rest = input.Byte();
                Say(what >= 0xc0 ? (uint)(what >> 3) << 27 : (uint)(what >> 3) % 6, (ControlEvent)(rest % 9), (ushort)(rest >> 6), 1 + (rest >> 4 & 3));
                return false;
            case 2:
                SayBytes(input.Bytes(what >> 4), 1 + (what >> 3 & 1));
                return false;
            case 3:
                Offer(s_sizes[(what >> 3) & 7], 1 + (what >> 6));
                return false;
            case 4:
                Hear();
                return (what & 0x80) != 0;
            case 5:
                TogglePort(2 + (what >> 3 & 1));
                return true;
            case 6:
                SetOpen(2 + (what >> 3 & 1), (what & 0x80) != 0);
                return (what & 0x40) != 0;
            default:
                Restart(what >> 3);
                return (what & 0x40) != 0;
        }
    }

    /// <summary>The driver deals with everything.</summary>
    protected override async Task End()
    {
        Say(ControlMessage.NoPort, ControlEvent.DeviceReady, 1, 1);
        await DealWithAll();
        string? why = "nothing known";
        for (int i = 0; i < MostAsked && why is not null; i++)
        {
            // A name that met a buffer too small for it is not told again before it is asked for.
            _added.AddRange(_known.Numbers);
            await DealWithAll();
            why = _known.WhyDifferent(Device);
        }

        _receive.Stop();
        _transmit.Stop();
        Must(why is null, why ?? "");
    }

    private async Task DealWithAll()
    {
        int quiet = 0;
        for (int i = 0; i < MostRounds && quiet < 4; i++)
        {
            quiet = Deal() ? 0 : quiet + 1;
            await Round();
        }

        Must(quiet == 4, "the device comes to an end");
    }

    /// <returns>True when there was something.</returns>
    private bool Deal()
    {
        while (Offer(SlotBytes, 1))
        {
        }

        bool heard = Hear();
        foreach (uint port in _added)
        {
            Say(port, ControlEvent.PortReady, 1, 1);
        }

        _added.Clear();
        return heard;
    }

    private void Say(uint port, ControlEvent what, ushort value, int pieces)
    {
        Span<byte> bytes = stackalloc byte[ControlMessage.SizeBytes];
        new ControlMessage(port, what, value).Write(bytes);
        SayBytes(bytes, pieces);
    }

    private void SayBytes(ReadOnlySpan<byte> bytes, int pieces)
    {
        Guest.Write(MessageAt, bytes);
        (ulong heard, ulong malformed) = (Device.Counters.ControlReceived, Device.Counters.ControlMalformed);
        Must(_transmit.Offer(MessageAt, bytes.Length, pieces, writable: false, token: 7));
        Must(_transmit.Driver.TryTakeUsed(out UsedBuffer used) && used is { Token: 7, Written: 0 } && !_transmit.Driver.TryTakeUsed(out _), "what is said is given back at once");
        bool isMessage = bytes.Length >= ControlMessage.SizeBytes;
        Must(Device.Counters.ControlReceived == heard + (isMessage ? 1UL : 0) && Device.Counters.ControlMalformed == malformed + (isMessage ? 0UL : 1), "what is said is counted");
    }

    /// <returns>False: there is no room, or no buffer.</returns>
    private bool Offer(int bytes, int pieces)
    {
        if (!_free.TryPop(out ulong slot))
        {
            return false;
        }

        if (_receive.Offer(SlotsAt + (slot * SlotBytes), bytes, pieces, writable: true, token: slot))
        {
            return true;
        }

        _free.Push(slot);
        return false;
    }

    private bool Hear()
    {
        bool heard = false;
        while (_receive.Driver.TryTakeUsed(out UsedBuffer used))
        {
            heard = true;
            _free.Push(used.Token);
            ReadOnlySpan<byte> bytes = Guest.Span(SlotsAt + (used.Token * SlotBytes), (int)Math.Min(used.Written, SlotBytes));
            string? wrong = _known.Hear(bytes, MaxPorts, out bool isAdded);
            Must(used.Written <= SlotBytes && wrong is null, wrong ?? "more was written than there is room for");
            Reach(bytes.IsEmpty ? "too small" : ControlMessage.Read(bytes).Event.ToString());
            if (isAdded)
            {
                _added.Add(ControlMessage.Read(bytes).Port);
            }
        }

        Must(!_receive.Driver.IsBroken);
        return heard;
    }

    /// <summary>A queue, or all of them, stop and start; with a new driver, or not.</summary>
    private void Restart(int how)
    {
        _receive.Stop();
        if ((how & 1) != 0)
        {
            _transmit.Stop();
            _transmit.Start();
        }

        if ((how & 6) != 6)
        {
            _receive.Start();
            return;
        }

        _transmit.Stop();
        Device.Reset();
        Negotiate((byte)(how >> 3));
        Begin();
        Reach("reset");
    }
}
