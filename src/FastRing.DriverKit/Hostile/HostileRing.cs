using System.Buffers.Binary;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.DriverKit;

/// <summary>
/// A driver that writes into its ring whatever a test likes, field by field, with no idea of what is allowed; the layout decides which
/// fields there are. Chains are offered one behind the other, well linked unless the test then spoils them.
/// </summary>
public abstract class HostileRing : IDisposable
{
    private readonly bool _ownsGuest;

    private protected HostileRing(TestGuest guest, in VirtqueueSetup setup, bool ownsGuest)
    {
        ArgumentNullException.ThrowIfNull(guest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(setup.Size, 32768U, nameof(setup));
        Guest = guest;
        Setup = setup;
        _ownsGuest = ownsGuest;
    }

    /// <summary>The memory the ring, and everything it points to, lies in.</summary>
    public TestGuest Guest { get; }

    /// <summary>What the device is told of the ring.</summary>
    public VirtqueueSetup Setup { get; }

    /// <summary>Entries of the ring.</summary>
    public ushort Size => (ushort)Setup.Size;

    /// <summary>Makes the ring that <paramref name="features"/> ask for, in a <see cref="HostileMap"/> of its own.</summary>
    public static HostileRing Create(ushort size, ulong features) =>
        RingSetup.IsPacked(features) ? new HostilePackedRing(size, features) : new HostileSplitRing(size, features);

    /// <summary>Makes the ring that the features of <paramref name="setup"/> ask for, in memory of the caller's.</summary>
    public static HostileRing Create(TestGuest guest, in VirtqueueSetup setup) =>
        RingSetup.IsPacked(setup.Features) ? new HostilePackedRing(guest, setup) : new HostileSplitRing(guest, setup);

    /// <summary>Makes one chain of these buffers available: linked, and with what their flags say besides.</summary>
    public abstract void OfferChain(params ReadOnlySpan<HostileBuffer> buffers);

    /// <summary>Writes one entry of an indirect table that lies anywhere, over region borders too.</summary>
    /// <param name="table">The table's guest physical address.</param>
    /// <param name="index">The entry's number.</param>
    /// <param name="address">The buffer's guest physical address. (<c>addr</c>)</param>
    /// <param name="length">Its length in bytes. (<c>len</c>)</param>
    /// <param name="flags">All its flags.</param>
    /// <param name="last">What else a descriptor has: <c>next</c> in a split ring, <c>id</c> in a packed one.</param>
    public abstract void Entry(
        ulong table, int index, ulong address, uint length, DescriptorFlags flags = DescriptorFlags.None, ushort last = 0);

    /// <summary>Writes one random value into one random field of the ring or of the table at <see cref="HostileMap.Table"/>.</summary>
    /// <param name="random">Where the choice comes from.</param>
    public abstract void Scramble(Random random);

    /// <summary>Makes <paramref name="count"/> chains available that nobody can object to: one readable buffer of 8 bytes each.</summary>
    /// <param name="count">How many; no more than the ring has room for.</param>
    /// <param name="address">The first buffer's guest physical address; the others follow it.</param>
    public void OfferGood(int count, ulong address = HostileMap.Buffers)
    {
        for (int i = 0; i < count; i++)
        {
            OfferChain(new HostileBuffer(address + (8UL * (ulong)i), 8));
        }
    }

    /// <summary>Makes one chain available that is an indirect table.</summary>
    /// <param name="table">The table's guest physical address.</param>
    /// <param name="entries">The table's entries, linked where the layout links them.</param>
    public void OfferTable(ulong table, params ReadOnlySpan<HostileBuffer> entries)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            HostileBuffer entry = entries[i];
            bool isLast = i == entries.Length - 1;
            Entry(table, i, entry.Address, entry.Length, isLast ? entry.Flags : entry.Flags | LinkOfEntries, isLast ? (ushort)0 : (ushort)(i + 1));
        }

        OfferChain(new HostileBuffer(table, (uint)(VirtqDescriptor.SizeBytes * entries.Length), DescriptorFlags.Indirect));
    }

    /// <summary>Makes one chain available that is a table of 8-byte buffers.</summary>
    /// <param name="table">The table's guest physical address.</param>
    /// <param name="count">Entries written.</param>
    /// <param name="tableBytes">The size the driver claims; that of the entries unless given.</param>
    public void OfferTable(ulong table, int count, uint? tableBytes = null)
    {
        for (int i = 0; i < count; i++)
        {
            bool isLast = i == count - 1;
            ulong address = HostileMap.Buffers + (8UL * (ulong)i);
            Entry(table, i, address, 8, isLast ? DescriptorFlags.None : LinkOfEntries, isLast ? (ushort)0 : (ushort)(i + 1));
        }

        OfferChain(new HostileBuffer(table, tableBytes ?? (uint)(VirtqDescriptor.SizeBytes * count), DescriptorFlags.Indirect));
    }

    /// <summary>Asks for a device over this ring.</summary>
    /// <param name="setup">What the device is told, in place of <see cref="Setup"/>.</param>
    /// <param name="queue">The device's side, if it takes the ring.</param>
    public VirtqueueError TryStart(in VirtqueueSetup setup, out Virtqueue? queue) => Virtqueue.TryCreate(setup, Guest.Memory, out queue);

    /// <summary>Makes a device that goes on at <paramref name="base"/>, or begins where a fresh ring does.</summary>
    /// <exception cref="InvalidOperationException">The device refuses the ring.</exception>
    public Virtqueue Start(uint? @base = null)
    {
        VirtqueueError error = TryStart(Setup with { Base = @base ?? Setup.Base }, out Virtqueue? queue);
        return queue ?? throw new InvalidOperationException($"the device refuses the ring: {error}");
    }

    /// <summary>Unmaps the memory, if the ring made it.</summary>
    public void Dispose()
    {
        if (_ownsGuest)
        {
            Guest.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>The flag that says an entry of an indirect table is not the last, where there is one.</summary>
    private protected abstract DescriptorFlags LinkOfEntries { get; }

    /// <summary>An address a device must think twice about, or not.</summary>
    private protected static ulong AnyAddress(Random random)
    {
        ReadOnlySpan<ulong> addresses = [
            HostileMap.Buffers, HostileMap.Border - 4, HostileMap.Hole - 8, HostileMap.Hole, HostileMap.Top, ulong.MaxValue - 3, 0,
            HostileMap.Table, HostileMap.Table + 3,
        ];
        return addresses[random.Next(addresses.Length)];
    }

    /// <summary>A length a device must think twice about, or not.</summary>
    private protected static uint AnyLength(Random random)
    {
        ReadOnlySpan<uint> lengths = [1, 8, 16, 32, 160, 0x1000, 0xffff_fff0, 0];
        return lengths[random.Next(lengths.Length)];
    }

    private protected void WriteEntry(ulong at, ulong address, uint length, ushort first, ushort second)
    {
        Span<byte> bytes = stackalloc byte[VirtqDescriptor.SizeBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[12..], first);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[14..], second);
        Guest.Write(at, bytes);
    }
}
