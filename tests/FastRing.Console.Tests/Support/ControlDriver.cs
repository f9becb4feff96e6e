using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Tests.Support;

/// <summary>The control queues driven by hand: says and hears exact bytes.</summary>
internal sealed class ControlDriver
{
    private const ushort RingSize = 64;
    private const int SlotBytes = 512;
    private readonly TestConsole _console;
    private readonly DriverQueue _receive;
    private readonly DriverQueue _transmit;
    private readonly GuestAddress _receiveSlots;
    private readonly GuestAddress _transmitSlots;
    private readonly Stack<int> _freeReceive = new(Enumerable.Range(0, RingSize).Reverse());
    private readonly List<byte[]> _received = [];

    public ControlDriver(TestConsole console, int buffers = RingSize, ushort transmitRingSize = RingSize)
    {
        _console = console;
        _receiveSlots = console.Transport.Allocate(RingSize * SlotBytes);
        _transmitSlots = console.Transport.Allocate(RingSize * SlotBytes);
        _receive = console.Transport.StartQueue(QueueMap.ControlReceive, RingSize);
        _transmit = console.Transport.StartQueue(QueueMap.ControlTransmit, transmitRingSize);
        for (int i = 0; i < buffers; i++)
        {
            Offer();
        }
    }

    /// <summary>Gives each buffer back once it has heard what is in it, as drivers do. Otherwise <see cref="Offer"/> does.</summary>
    public bool GivesBack { get; set; }

    /// <summary>What came back for the buffers offered: the bytes the device says it wrote, in the order of use.</summary>
    public IReadOnlyList<byte[]> Received
    {
        get
        {
            do
            {
                _console.Settle();
            }
            while (Take() && GivesBack);
            return _received;
        }
    }

    /// <summary>As <see cref="Received"/>, one line a message.</summary>
    public IReadOnlyList<string> Heard => [.. Received.Select(Describe)];

    public static string Describe(byte[] bytes)
    {
        if (bytes.Length < ControlMessage.SizeBytes)
        {
            return $"{bytes.Length} bytes";
        }

        ControlMessage message = ControlMessage.Read(bytes);
        string rest = System.Text.Encoding.Latin1.GetString(bytes.AsSpan(ControlMessage.SizeBytes));
        return $"{message.Event} {message.Port} {message.Value}{(rest.Length > 0 ? " " : "")}{rest}";
    }

    /// <summary>Offers a control buffer of so many bytes.</summary>
    public void Offer(int bytes = SlotBytes)
    {
        int slot = _freeReceive.Pop();
        GuestAddress address = At(_receiveSlots, slot);
        Span<byte> all = _console.Transport.Memory.Window(address, SlotBytes).Span;
        all.Fill(0xee);
        Assert.True(_receive.Ring.TryAdd([], [new DriverBuffer(address, (uint)bytes)], (ulong)slot));
        _receive.PublishAndKick();
    }

    public void Say(uint port, ControlEvent what, ushort value = 1)
    {
        var bytes = new byte[ControlMessage.SizeBytes];
        new ControlMessage(port, what, value).Write(bytes);
        Say(bytes, bytes.Length);
    }

    /// <summary>Sends bytes in descriptors of <paramref name="pieceBytes"/> and spins until they are back, as Linux does.</summary>
    public void Say(ReadOnlySpan<byte> bytes, int pieceBytes)
    {
        GuestAddress address = At(_transmitSlots, 0);
        bytes.CopyTo(_console.Transport.Memory.Window(address, SlotBytes).Span);
        var pieces = new List<DriverBuffer>();
        for (int at = 0; at < bytes.Length; at += pieceBytes)
        {
            pieces.Add(new(new(address.Value + (ulong)at), (uint)Math.Min(pieceBytes, bytes.Length - at)));
        }

        Say(pieces);
    }

    public void Say(List<DriverBuffer> pieces)
    {
        Assert.True(_transmit.Ring.TryAdd(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pieces), [], 0));
        _transmit.PublishAndKick();
        UsedBuffer used = default;
        Eventually.Is(() => _transmit.Ring.TryTakeUsed(out used), "control buffer returned");
        Assert.Equal(0U, used.Written);
    }

    public void Forget()
    {
        _ = Received;
        _received.Clear();
    }

    private static GuestAddress At(GuestAddress start, int slot) => new(start.Value + ((ulong)slot * SlotBytes));

    private bool Take()
    {
        int before = _received.Count;
        while (_receive.Ring.TryTakeUsed(out UsedBuffer used))
        {
            Span<byte> all = _console.Transport.Memory.Window(At(_receiveSlots, (int)used.Token), SlotBytes).Span;
            Assert.Equal(-1, all[(int)used.Written..].IndexOfAnyExcept((byte)0xee)); // Nothing written behind what is reported.
            _received.Add(all[..(int)used.Written].ToArray());
            _freeReceive.Push((int)used.Token);
            if (GivesBack)
            {
                Offer();
            }
        }

        return _received.Count > before;
    }
}
