using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.DriverKit;

/// <summary>A packed ring (virtio 1.2, 2.8) written field by field.</summary>
public sealed class HostilePackedRing : HostileRing
{
    /// <summary>Equal to the driver's wrap counter where a descriptor is available, or used. (<c>VIRTQ_DESC_F_AVAIL</c>)</summary>
    public const DescriptorFlags Available = (DescriptorFlags)(1 << 7);

    /// <summary>Unequal to the driver's wrap counter where a descriptor is available, equal where it is used. (<c>VIRTQ_DESC_F_USED</c>)</summary>
    public const DescriptorFlags Used = (DescriptorFlags)(1 << 15);

    /// <summary>Makes a fresh ring in a <see cref="HostileMap"/> of its own.</summary>
    /// <param name="size">Entries; any number up to 32768.</param>
    /// <param name="features">The negotiated features, <see cref="VirtioFeatures.RingPacked"/> among them or not.</param>
    public HostilePackedRing(ushort size = 16, ulong features = VirtioFeatures.IndirectDescriptors)
        : base(HostileMap.Create(size), HostileMap.SetupAtEdges(size, features | VirtioFeatures.RingPacked), ownsGuest: true)
    {
    }

    /// <summary>Writes a ring in memory of the caller's, where <paramref name="setup"/> says.</summary>
    public HostilePackedRing(TestGuest guest, in VirtqueueSetup setup)
        : base(guest, setup, ownsGuest: false)
    {
    }

    /// <summary>The slot where the next chain begins.</summary>
    public int Position { get; private set; }

    /// <summary>The driver's wrap counter at <see cref="Position"/>; a fresh ring begins with true.</summary>
    public bool WrapCounter { get; private set; } = true;

    /// <summary>What the driver wants to be notified of: le16 off_wrap, and above it le16 flags. (<c>struct pvirtq_event_suppress</c>)</summary>
    public uint DriverEvent
    {
        get => Guest.Read32(Setup.Driver.Value);
        set => Guest.Write32(Setup.Driver.Value, value);
    }

    /// <summary>What the device wants to be notified of, likewise.</summary>
    public uint DeviceEvent => Guest.Read32(Setup.Device.Value);

    private protected override DescriptorFlags LinkOfEntries => DescriptorFlags.None; // Tables are sequential (virtio 1.2, 2.8.7).

    /// <summary>The two bits of a descriptor that is available while the driver's wrap counter is <paramref name="wrap"/>.</summary>
    public static DescriptorFlags AvailableAt(bool wrap) => wrap ? Available : Used;

    /// <summary>The two bits of a descriptor that is used while the device's wrap counter is <paramref name="wrap"/>.</summary>
    public static DescriptorFlags UsedAt(bool wrap) => wrap ? Available | Used : DescriptorFlags.None;

    /// <summary>The wrap counter at the slot <paramref name="ahead"/> of <see cref="Position"/>, less than a whole ring away.</summary>
    public bool WrapAhead(int ahead) => Position + ahead < Size ? WrapCounter : !WrapCounter;

    /// <summary>The slot <paramref name="ahead"/> of <see cref="Position"/>.</summary>
    public int SlotAhead(int ahead) => (Position + ahead) % Size;

    /// <summary>All flags of a slot.</summary>
    public DescriptorFlags Flags(int slot) => (DescriptorFlags)Guest.Read16(At(slot) + 14);

    /// <summary>What a slot says in the id and length fields: in a used one, whose it is and how much was written.</summary>
    public (ushort Id, uint Length) Element(int slot) => (Guest.Read16(At(slot) + 12), Guest.Read32(At(slot) + 8));

    /// <summary>Writes the flags of a slot, after everything that was written before.</summary>
    public void SetFlags(int slot, DescriptorFlags flags)
    {
        // What was written before is seen before, by a device on another thread too.
        Interlocked.MemoryBarrier();
        Guest.Write16(At(slot) + 14, (ushort)flags);
    }

    /// <summary>Writes a slot, its flags last.</summary>
    /// <param name="slot">Its number on the ring.</param>
    /// <param name="address">The buffer's guest physical address. (<c>addr</c>)</param>
    /// <param name="length">Its length in bytes. (<c>len</c>)</param>
    /// <param name="id">The buffer's id. (<c>id</c>)</param>
    /// <param name="flags">All its flags; <see cref="AvailableAt"/> makes it the device's.</param>
    public void Descriptor(int slot, ulong address, uint length, ushort id, DescriptorFlags flags)
    {
        ulong at = At(slot);
        Guest.Write64(at, address);
        Guest.Write32(at + 8, length);
        Guest.Write16(at + 12, id);
        SetFlags(slot, flags);
    }

    /// <inheritdoc/>
    public override void Entry(
        ulong table, int index, ulong address, uint length, DescriptorFlags flags = DescriptorFlags.None, ushort last = 0) =>
        WriteEntry(table + (16UL * (ulong)index), address, length, last, (ushort)flags);

    /// <summary>Moves <see cref="Position"/> on, over the ring's end too.</summary>
    public void Advance(int slots)
    {
        for (int i = 0; i < slots; i++)
        {
            Position++;
            if (Position == Size)
            {
                Position = 0;
                WrapCounter = !WrapCounter;
            }
        }
    }

    /// <inheritdoc/>
    public override void OfferChain(params ReadOnlySpan<HostileBuffer> buffers) => OfferChain((ushort)Position, buffers);

    /// <summary>Makes one chain of these buffers available, its first descriptor last, as <paramref name="id"/>.</summary>
    public void OfferChain(ushort id, params ReadOnlySpan<HostileBuffer> buffers)
    {
        for (int i = buffers.Length - 1; i >= 0; i--)
        {
            HostileBuffer buffer = buffers[i];
            DescriptorFlags link = i == buffers.Length - 1 ? DescriptorFlags.None : DescriptorFlags.Next;
            Descriptor(SlotAhead(i), buffer.Address, buffer.Length, id, buffer.Flags | link | AvailableAt(WrapAhead(i)));
        }

        Advance(buffers.Length);
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
            case 2: Guest.Write16(at + 12, (ushort)random.Next(Size + 1)); break;
            default: Guest.Write16(at + 14, AnyFlags(random)); break;
        }
    }

    private static ushort AnyFlags(Random random)
    {
        // Available seven times out of eight, or chains would seldom get anywhere.
        DescriptorFlags owner = random.Next(8) == 0 ? UsedAt(random.Next(2) == 0) : AvailableAt(random.Next(4) != 0);
        return (ushort)(owner | (DescriptorFlags)random.Next(8));
    }

    private ulong At(int slot) => Setup.Descriptors.Value + (16UL * (ulong)slot);
}
