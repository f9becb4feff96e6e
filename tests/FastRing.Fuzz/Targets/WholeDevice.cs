using FastRing.Console.Spec;
using FastRing.Fuzz.Consoles;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// A driver that keeps to no rule on any of a console device's rings: operations in any order, rings and buffers overwritten. Oracle: the device fails nowhere; a queue works, or stops with an
/// error of its driver's making; and after a reset a driver that keeps to the rules gets back what it sends.
/// </summary>
internal sealed class WholeDevice() : ConsoleTarget((0, 0x4000), (0x4000, 0x1000), (0x6000, 0x1000), (RingsAt, RingBytes * Queues))
{
    private const ulong RingsAt = 0x1_0000;
    private const ulong RingBytes = 0x1000;
    private const int Queues = 8;
    private const int MostTurns = 16;

    private static readonly ulong[] s_addresses = [0x100, 0x800, 0x3ff8, 0x4000, 0x4ff8, 0x5000, 0x6000, 0x6ff0, RingsAt, RingsAt + (2 * RingBytes), ulong.MaxValue - 7, 0];
    private static readonly uint[] s_lengths = [8, 1, 0, 7, 16, 64, 0x1000, uint.MaxValue];
    private static readonly ushort[] s_sizes = [8, 4, 1, 16];

    private readonly HostileRing?[] _rings = new HostileRing?[Queues];
    private readonly Virtqueue?[] _queues = new Virtqueue?[Queues];
    private readonly bool[] _isBroken = new bool[Queues];

    public override string Name => "whole-device";

    public override void QueueBroken(int index, VirtqueueError reason)
    {
        Must(_queues[index] is { } queue && queue.Error == reason && reason != VirtqueueError.None && !_isBroken[index], "a queue breaks once, with its error");
        _isBroken[index] = true;
        Reach(reason.ToString());
    }

    protected override void Begin()
    {
        for (int i = 0; i < Queues; i++)
        {
            _queues[i] = null;
            Make(i, 8);
        }
    }

    protected override bool Step(ref FuzzInput input)
    {
        byte what = input.Byte();
        int index = (what >> 4) & 7;
        switch (what & 15)
        {
            case 0: Start(index, ref input); break;
            case 1: Stop(index); break;
            case 2 or 3 or 4: Offer(index, ref input); break;
            case 5 or 6: Overwrite(ref input, index); break;
            case 7: Say(index, input.Byte()); break;
            case 8 or 9: Kick(index); break;
            case 10: Enable(index, (what & 0x80) != 0); break;
            case 11: TogglePort(2 + (index & 1)); return true;
            case 12: SetOpen(2, (what & 0x80) != 0); break;
            case 13: ResetOr(what, ref input); break;
            default: return true;
        }

        return false;
    }

    protected override async Task End()
    {
        await Settle();
        Must(!_queues.Where((queue, i) => queue is { Error: not VirtqueueError.None } && !_isBroken[i]).Any(), "a queue that stopped is said to be broken");
        ResetAll();
        await Settle();
        Guest.Clear();
        KeptQueue control = Kept(QueueMap.ControlTransmit);
        KeptQueue receive = Kept(QueueMap.ReceiveQueue(1));
        KeptQueue transmit = Kept(QueueMap.TransmitQueue(1));
        Greet(control);
        receive.Offer(0x200, 64, 1, writable: true, token: 1);
        Guest.Write(0x300, "ping"u8);
        transmit.Offer(0x300, 4, 1, writable: false, token: 2);
        UsedBuffer used = default;
        bool came = false;
        for (int i = 0; i < MostTurns && !came; i++)
        {
            await Settle();
            came = receive.Driver.TryTakeUsed(out used);
        }

        Must(came && used.Written == 4 && Guest.Span(0x200, 4).SequenceEqual("ping"u8), "a driver that keeps to the rules gets back what it sends");
        control.Stop();
        receive.Stop();
        transmit.Stop();
    }

    private static VirtqueueSetup Setup(int index, ushort size, ulong features) => RingSetup.At(new(RingsAt + ((ulong)index * RingBytes)), size, features);

    private void Make(int index, ushort size) => _rings[index] = HostileRing.Create(Guest, Setup(index, size, Features));

    private void Start(int index, ref FuzzInput input)
    {
        byte how = input.Byte();
        if (_queues[index] is not null)
        {
            return;
        }

        Make(index, s_sizes[how & 3]);
        VirtqueueSetup setup = _rings[index]!.Setup;
        setup = (how & 0x80) != 0 ? setup with { Base = input.UInt32() } : setup;
        setup = (how & 0x40) != 0 ? setup with { Device = new GuestAddress(setup.Device.Value + input.Byte()) } : setup;
        VirtqueueError error = Virtqueue.TryCreate(setup, Guest.Memory, out Virtqueue? queue);
        if (error == VirtqueueError.None)
        {
            _queues[index] = queue;
            _isBroken[index] = false;
            Device.QueueStarted(index, queue!, enabled: (how & 0x20) == 0);
            Kick(index);
        }

        Reach(error == VirtqueueError.None ? "started" : $"refused: {error}");
    }

    private void Stop(int index)
    {
        if (_queues[index] is { } queue)
        {
            Device.QueueStopping(index);
            queue.PublishAndNotify();
            _queues[index] = null;
        }
    }

    private void Kick(int index)
    {
        if (_queues[index] is not null && !_isBroken[index])
        {
            Device.QueueKicked(index);
        }
    }

    private void Enable(int index, bool enabled)
    {
        if (_queues[index] is not null && !_isBroken[index])
        {
            Device.QueueEnabled(index, enabled);
        }
    }

    private void Offer(int index, ref FuzzInput input)
    {
        byte how = input.Byte();
        Span<HostileBuffer> buffers = stackalloc HostileBuffer[1 + (how & 3)];
        foreach (ref HostileBuffer buffer in buffers)
        {
            byte what = input.Byte();
            byte flags = input.Byte();
            bool isUsual = (flags & 0x80) == 0; // Readable where the driver transmits, writable where it receives.
            DescriptorFlags usual = QueueMap.IsTransmit(index) ? 0 : DescriptorFlags.Write;
            buffer = new HostileBuffer(s_addresses[(what & 15) % s_addresses.Length] + (uint)(flags >> 4 & 7), s_lengths[what >> 5], isUsual ? usual : (DescriptorFlags)(flags & 7));
        }

        if ((how & 0x40) != 0)
        {
            _rings[index]!.OfferTable(0x400 + ((ulong)how >> 4 & 1), buffers);
        }
        else if (buffers.Length <= _rings[index]!.Size)
        {
            _rings[index]!.OfferChain(buffers);
        }

        if ((how & 0x80) != 0)
        {
            Kick(index);
        }
    }

    private void Overwrite(ref FuzzInput input, int index)
    {
        byte at = input.Byte();
        ulong ring = RingsAt + ((ulong)index * RingBytes);
        Guest.Write16((at & 0x80) != 0 ? 0x400 + (2 * (at & 0x7fUL)) : ring + (2 * (ulong)at), input.UInt16());
    }

    /// <summary>A message that is one, on the control queue or another.</summary>
    private void Say(int index, byte what)
    {
        Span<byte> bytes = stackalloc byte[ControlMessage.SizeBytes];
        new ControlMessage((what & 3) == 3 ? ControlMessage.NoPort : what & 3U, (ControlEvent)((what >> 2 & 15) % 9), (ushort)(what >> 6)).Write(bytes);
        Guest.Write(0x700, bytes);
        int queue = index == 7 ? QueueMap.TransmitQueue(1) : QueueMap.ControlTransmit;
        _rings[queue]!.OfferChain(new HostileBuffer(0x700, ControlMessage.SizeBytes));
        Kick(queue);
    }

    private void ResetOr(byte what, ref FuzzInput input)
    {
        if ((what & 0x80) != 0)
        {
            ResetAll();
            Negotiate(input.Byte());
            Begin();
            Reach("reset");
        }
        else
        {
            Device.WriteConfig(ConsoleConfig.EmergencyWriteOffset, [input.Byte(), 0, 0, 0]);
        }
    }

    private void ResetAll()
    {
        for (int i = 0; i < Queues; i++)
        {
            Stop(i);
        }

        Device.Reset();
        Device.FeaturesNegotiated(Features);
    }

    private KeptQueue Kept(int index)
    {
        var queue = new KeptQueue(Device, Guest, index, RingsAt + ((ulong)index * RingBytes), Features);
        queue.Start();
        return queue;
    }

    private void Greet(KeptQueue control)
    {
        Span<byte> bytes = stackalloc byte[ControlMessage.SizeBytes];
        foreach (ControlMessage message in (ControlMessage[])[new(ControlMessage.NoPort, ControlEvent.DeviceReady, 1), new(1, ControlEvent.PortReady, 1), new(1, ControlEvent.PortOpen, 1)])
        {
            message.Write(bytes);
            Guest.Write(0x100, bytes);
            control.Offer(0x100, bytes.Length, 1, writable: false, token: 3);
            Must(control.Driver.TryTakeUsed(out _));
        }
    }
}
