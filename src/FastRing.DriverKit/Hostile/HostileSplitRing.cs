using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.DriverKit;

/// <summary>A split ring (virtio 1.2, 2.7) written field by field.</summary>
public sealed class HostileSplitRing : HostileRing
{
    private int _descriptor; // the next one that OfferChain takes

    /// <summary>Makes a fresh ring in a <see cref="HostileMap"/> of its own.</summary>
    /// <param name="size">Entries.</param>
    /// <param name="features">The negotiated features.</param>
    public HostileSplitRing(ushort size = 16, ulong features = VirtioFeatures.IndirectDescriptors)
        : base(HostileMap.Create(size), HostileMap.SetupAtEdges(size, features), ownsGuest: true)
    {
    }

    /// <summary>Writes a ring in memory of the caller's, where <paramref name="setup"/> says.</summary>
    public HostileSplitRing(TestGuest guest, in VirtqueueSetup setup)
        : base(guest, setup, ownsGuest: false)
    {
    }

    /// <summary>The index the driver shows. (<c>avail.idx</c>)</summary>
    public ushort AvailableIndex
    {
        get => Guest.Read16(Available + 2);
        set
        {
            // What was written before is seen before, by a device on another thread too.
            Interlocked.MemoryBarrier();
            Guest.Write16(Available + 2, value);
        }
    }

    /// <summary>Whether the driver wants interrupts. (<c>avail.flags</c>)</summary>
    public ushort AvailableFlags
    {
        get => Guest.Read16(Available);
        set => Guest.Write16(Available, value);
    }

    /// <summary>The used index from which on the driver wants to be notified. (<c>used_event</c>)</summary>
    public ushort UsedEvent
    {
        get => Guest.Read16(Available + 4 + (2UL * Size));
        set => Guest.Write16(Available + 4 + (2UL * Size), value);
    }

    /// <summary>Whether the device wants kicks. (<c>used.flags</c>)</summary>
    public ushort UsedFlags => Guest.Read16(Used0);

    /// <summary>The index the device shows. (<c>used.idx</c>)</summary>
    public ushort UsedIndex => Guest.Read16(Used0 + 2);

    /// <summary>The available index from which on the device wants kicks. (<c>avail_event</c>)</summary>
    public ushort AvailableEvent => Guest.Read16(Used0 + 4 + (8UL * Size));

    private protected override DescriptorFlags LinkOfEntries => DescriptorFlags.Next;

    private ulong Available => Setup.Driver.Value;

    private ulong Used0 => Setup.Device.Value;

    /// <summary>The used element at an index, which may be beyond the ring's size. (<c>struct virtq_used_elem</c>)</summary>
    public (uint Id, uint Length) Used(int index)
    {
        ulong at = Used0 + 4 + (8UL * (ulong)(index & (Size - 1)));
        return (Guest.Read32(at), Guest.Read32(at + 4));
    }

    /// <summary>Writes one descriptor of the ring.</summary>
    /// <param name="index">Its number in the descriptor table.</param>
    /// <param name="address">The buffer's guest physical address. (<c>addr</c>)</param>
    /// <param name="length">Its length in bytes. (<c>len</c>)</param>
    /// <param name="flags">All its flags.</param>
    /// <param name="next">Where the chain goes on. (<c>next</c>)</param>
    public void Descriptor(int index, ulong address, uint length, DescriptorFlags flags = DescriptorFlags.None, ushort next = 0) =>
        Entry(Setup.Descriptors.Value, index, address, length, flags, next);

    /// <inheritdoc/>
    public override void Entry(
        ulong table, int index, ulong address, uint length, DescriptorFlags flags = DescriptorFlags.None, ushort last = 0) =>
        WriteEntry(table + (16UL * (ulong)index), address, length, (ushort)flags, last);

    /// <summary>Makes <paramref name="head"/> available, whatever it is.</summary>
    public void Offer(ushort head)
    {
        ushort index = AvailableIndex;
        Guest.Write16(Available + 4 + (2UL * (ulong)(index & (Size - 1))), head);
        AvailableIndex = (ushort)(index + 1);
    }

    /// <summary>Sets descriptors aside that <see cref="OfferChain"/> then leaves alone until it comes round.</summary>
    /// <returns>The first; the others follow it, the ring's last being followed by its first.</returns>
    public ushort Take(int count)
    {
        int first = _descriptor;
        _descriptor = (_descriptor + count) & (Size - 1);
        return (ushort)first;
    }

    /// <inheritdoc/>
    public override void OfferChain(params ReadOnlySpan<HostileBuffer> buffers)
    {
        ushort head = Take(buffers.Length);
        for (int i = 0; i < buffers.Length; i++)
        {
            HostileBuffer buffer = buffers[i];
            bool isLast = i == buffers.Length - 1;
            int index = (head + i) & (Size - 1);
            ushort next = isLast ? (ushort)0 : (ushort)((index + 1) & (Size - 1));
            Descriptor(index, buffer.Address, buffer.Length, isLast ? buffer.Flags : buffer.Flags | DescriptorFlags.Next, next);
        }

        Offer(head);
    }

    /// <inheritdoc/>
    public override void Scramble(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ulong table = random.Next(3) == 0 ? HostileMap.Table : Setup.Descriptors.Value;
        ulong at = table + (16UL * (ulong)random.Next(Size));
        switch (random.Next(4))
        {
            case 0: Guest.Write64(at, AnyAddress(random)); break;
            case 1: Guest.Write32(at + 8, AnyLength(random)); break;
            case 2: Guest.Write16(at + 12, (ushort)random.Next(8)); break;
            default: Guest.Write16(at + 14, (ushort)random.Next(Size + 1)); break;
        }

        Guest.Write16(Available + 4 + (2UL * (ulong)random.Next(Size)), (ushort)random.Next(Size));
        Guest.Write16(Available + 2, (ushort)random.Next(Size + (Size / 4) + 1));
    }
}
