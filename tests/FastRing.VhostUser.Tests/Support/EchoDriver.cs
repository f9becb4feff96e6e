using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>Drives an echo queue: every chain carries a number out, and must bring the same one back.</summary>
internal sealed class EchoDriver
{
    private const int HalfBytes = 16;
    private readonly FrontendQueue _queue;
    private readonly DriverMemory _memory;
    private readonly GuestAddress _slots;
    private readonly Queue<int> _free;
    private readonly int _parts;
    private uint _next = 1;

    /// <param name="session">The session.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="parts">Buffers a chain has in each direction.</param>
    public EchoDriver(FrontendSession session, FrontendQueue queue, int parts = 1)
    {
        _queue = queue;
        _memory = session.Memory;
        _parts = parts;
        _slots = _memory.Allocate((ulong)queue.Ring.Size * SlotBytes);
        _free = new Queue<int>(Enumerable.Range(0, queue.Ring.Size));
    }

    public int InFlight { get; private set; }

    public int Echoed { get; private set; }

    private ulong SlotBytes => (ulong)(2 * HalfBytes * _parts);

    /// <summary>Sends <paramref name="count"/> chains through the queue and checks each.</summary>
    public void Run(int count)
    {
        int end = Echoed + count;
        while (Echoed < end)
        {
            while (InFlight < end - Echoed && TryAdd())
            {
            }

            _queue.PublishAndKick();
            TakeAll(1);
        }
    }

    /// <summary>Makes <paramref name="count"/> chains available.</summary>
    public void Add(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(TryAdd());
        }

        _queue.PublishAndKick();
    }

    /// <summary>Waits for <paramref name="atLeast"/> chains, takes whatever is there and checks it.</summary>
    public void TakeAll(int atLeast)
    {
        for (int i = 0; i < atLeast; i++)
        {
            Assert.True(_queue.WaitUsed(out UsedBuffer used, 10_000), "a buffer was lost");
            Check(used);
        }

        while (_queue.Ring.TryTakeUsed(out UsedBuffer used))
        {
            Check(used);
        }
    }

    private bool TryAdd()
    {
        if (!_free.TryDequeue(out int slot))
        {
            return false;
        }

        GuestAddress start = Slot(slot);
        Span<byte> bytes = _memory.Bytes(start, (int)SlotBytes);
        bytes.Clear();
        for (int i = 0; i < _parts; i++)
        {
            BitConverter.TryWriteBytes(bytes[(i * HalfBytes)..], _next + (uint)i);
        }

        if (!_queue.Ring.TryAdd(Buffers(start, 0), Buffers(start, _parts), ((ulong)_next << 32) | (uint)slot))
        {
            _free.Enqueue(slot);
            return false;
        }

        _next++;
        InFlight++;
        return true;
    }

    private DriverBuffer[] Buffers(GuestAddress start, int first) =>
        [.. Enumerable.Range(first, _parts).Select(i => new DriverBuffer(new GuestAddress(start.Value + (ulong)(i * HalfBytes)), HalfBytes))];

    private void Check(UsedBuffer used)
    {
        int slot = (int)(uint)used.Token;
        uint expected = (uint)(used.Token >> 32);
        Assert.Equal((uint)(HalfBytes * _parts), used.Written);
        Span<byte> answer = _memory.Bytes(Slot(slot), (int)SlotBytes)[(HalfBytes * _parts)..];
        for (int i = 0; i < _parts; i++)
        {
            Assert.Equal(expected + (uint)i, BitConverter.ToUInt32(answer[(i * HalfBytes)..]));
        }

        _free.Enqueue(slot);
        InFlight--;
        Echoed++;
    }

    private GuestAddress Slot(int slot) => new(_slots.Value + ((ulong)slot * SlotBytes));
}
