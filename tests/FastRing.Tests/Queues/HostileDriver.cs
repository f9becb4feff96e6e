using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Tests.Memory;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>
/// A driver that writes into its split ring whatever a test likes, field by field, with no idea of what is allowed.
/// Guest memory: 1 MiB at 0 with the ring at <see cref="RingAt"/>; another region right behind it; a page missing; a third
/// region; and a region that ends with the address space.
/// </summary>
internal sealed class HostileDriver : IDisposable
{
    public const ulong RingAt = 0x1000;
    public const ulong Buffers = 0x8_0000;
    public const ulong Table = 0xa_0000;
    public const ulong Border = 0x10_0000;
    public const ulong Hole = 0x11_0000;
    public const ulong BehindHole = 0x11_1000;
    public const ulong Top = 0xffff_ffff_ffff_0000;

    public const ushort Next = (ushort)DescriptorFlags.Next;
    public const ushort Write = (ushort)DescriptorFlags.Write;
    public const ushort Indirect = (ushort)DescriptorFlags.Indirect;

    private readonly ulong _features;

    public HostileDriver(ushort size = 16, ulong features = VirtioFeatures.IndirectDescriptors)
    {
        _features = features;
        Layout = SplitRingLayout.At(new GuestAddress(RingAt), size);
        Assert.True(Layout.End.Value <= Buffers);
        Guest = new TestGuest((0, Border), (Border, Hole - Border), (BehindHole, 0x1_0000), (Top, 0x1_0000));
    }

    public TestGuest Guest { get; }

    public SplitRingLayout Layout { get; }

    public ushort AvailableIndex
    {
        get => Guest.Read16(Layout.Driver.Value + 2);
        set => Guest.Write16(Layout.Driver.Value + 2, value);
    }

    public ushort AvailableFlags
    {
        set => Guest.Write16(Layout.Driver.Value, value);
    }

    public ushort UsedEvent
    {
        set => Guest.Write16(Layout.Driver.Value + 4 + (2UL * Layout.Size), value);
    }

    public ushort UsedFlags => Guest.Read16(Layout.Device.Value);

    public ushort UsedIndex => Guest.Read16(Layout.Device.Value + 2);

    public ushort AvailableEvent => Guest.Read16(Layout.Device.Value + 4 + (8UL * Layout.Size));

    public (uint Id, uint Length) Used(int index)
    {
        ulong at = Layout.Device.Value + 4 + (8UL * (ulong)(index & (Layout.Size - 1)));
        return (Guest.Read32(at), Guest.Read32(at + 4));
    }

    public void Descriptor(int index, ulong address, uint length, ushort flags = 0, ushort next = 0) =>
        Entry(Layout.Descriptors.Value, index, address, length, flags, next);

    /// <summary>Writes one descriptor of a table that lies anywhere, over region borders too.</summary>
    public void Entry(ulong table, int index, ulong address, uint length, ushort flags = 0, ushort next = 0)
    {
        var bytes = new byte[16];
        BitConverter.TryWriteBytes(bytes, address);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), length);
        BitConverter.TryWriteBytes(bytes.AsSpan(12), flags);
        BitConverter.TryWriteBytes(bytes.AsSpan(14), next);
        for (int i = 0; i < bytes.Length; i++)
        {
            Guest.Span(table + (16UL * (ulong)index) + (ulong)i, 1)[0] = bytes[i];
        }
    }

    /// <summary>Makes <paramref name="head"/> available, whatever it is.</summary>
    public void Offer(ushort head)
    {
        ushort index = AvailableIndex;
        Guest.Write16(Layout.Driver.Value + 4 + (2UL * (ulong)(index & (Layout.Size - 1))), head);
        AvailableIndex = (ushort)(index + 1);
    }

    /// <summary>Makes one chain of <paramref name="count"/> entries available that is a table of 8-byte buffers.</summary>
    public void OfferTable(ulong table, int count, uint? tableBytes = null)
    {
        for (int i = 0; i < count; i++)
        {
            Entry(table, i, Buffers + (8UL * (ulong)i), 8, i == count - 1 ? (ushort)0 : Next, (ushort)(i + 1));
        }

        Descriptor(0, table, tableBytes ?? (uint)(16 * count), Indirect);
        Offer(0);
    }

    public Virtqueue Start(uint @base = 0)
    {
        Assert.Equal(VirtqueueError.None, TryStart(Setup with { Base = @base }, out Virtqueue? queue));
        return queue!;
    }

    public VirtqueueSetup Setup => new(Layout.Size, Layout.Descriptors, Layout.Driver, Layout.Device, 0, _features);

    public VirtqueueError TryStart(in VirtqueueSetup setup, out Virtqueue? queue) => Virtqueue.TryCreate(setup, Guest.Memory, out queue);

    public nint Host(ulong address) => Guest.Memory.Window(new GuestAddress(address), 1).Address;

    /// <summary>The next pop must name <paramref name="error"/>, write nothing at all, and be the last that does anything.</summary>
    public void BreaksWith(VirtqueueError error, ChainDirection direction = ChainDirection.Both, Virtqueue? queue = null)
    {
        queue ??= Start();
        var batch = new ChainBatch(4, direction);
        byte[] before = Guest.Snapshot();

        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(error, queue.Error);
        Assert.Equal(0, batch.Count);
        Assert.True(batch.Segments.IsEmpty);

        Assert.Equal(0, queue.Pop(batch));
        Assert.False(queue.HasAvailable);
        Assert.False(queue.EnableNotifications());
        Assert.False(queue.Publish());
        Assert.Equal(error, queue.Error);
        Assert.True(before.AsSpan().SequenceEqual(Guest.Snapshot()), "guest memory was written");
    }

    public void Dispose() => Guest.Dispose();
}
