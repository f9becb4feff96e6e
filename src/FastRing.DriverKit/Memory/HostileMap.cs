using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.DriverKit;

/// <summary>
/// Guest memory with every edge a driver can point at: 1 MiB at address 0 for buffers and tables; another region right behind it; a page
/// missing; a region behind that; one that ends with the address space; and a large one. The ring's three areas lie in regions of
/// their own, each up to its region's last byte, so that a device which reads one entry too far is killed.
/// </summary>
public static class HostileMap
{
    /// <summary>A place for a ring in one piece, with room up to <see cref="Buffers"/>.</summary>
    public const ulong RingAt = 0x1000;

    /// <summary>A place for buffers.</summary>
    public const ulong Buffers = 0x8_0000;

    /// <summary>A place for indirect tables.</summary>
    public const ulong Table = 0xa_0000;

    /// <summary>Where two adjacent regions meet; they lie apart in this process.</summary>
    public const ulong Border = 0x10_0000;

    /// <summary>A page that is in no region; the region before it ends here.</summary>
    public const ulong Hole = 0x11_0000;

    /// <summary>First address behind the hole.</summary>
    public const ulong BehindHole = 0x11_1000;

    /// <summary>The region whose last byte is the last of the address space: 64 KiB.</summary>
    public const ulong Top = 0xffff_ffff_ffff_0000;

    /// <summary>The region for buffers that come to gigabytes together.</summary>
    public const ulong Large = 1UL << 40;

    /// <summary>Bytes of <see cref="Large"/>. Sparse: none of it is ever touched.</summary>
    public const uint LargeBytes = 64 << 20;

    private const ulong DescriptorsEnd = 0x2000_0000;
    private const ulong DriverEnd = 0x3000_0000;
    private const ulong DeviceEnd = 0x4000_0000;

    /// <summary>Makes the memory for a ring of that size, of any layout.</summary>
    public static TestGuest Create(ushort size) => new(
        (0, Border),
        (Border, Hole - Border),
        (BehindHole, 0x1_0000),
        (Top, 0x1_0000),
        (Large, LargeBytes),
        EndingAt(DescriptorsEnd, 16UL * size),
        EndingAt(DriverEnd, 6 + (2UL * size)),
        EndingAt(DeviceEnd, 6 + (8UL * size)));

    /// <summary>The setup of a fresh ring whose areas end, as far as their alignment allows, with their regions.</summary>
    /// <param name="size">Entries; the same as the memory was made for.</param>
    /// <param name="features">The negotiated features; they decide the layout.</param>
    public static VirtqueueSetup SetupAtEdges(ushort size, ulong features)
    {
        (ulong driver, ulong device) = RingSetup.AreaBytes(size, features);
        return new VirtqueueSetup(
            size, new GuestAddress(DescriptorsEnd - (16UL * size)), new GuestAddress((DriverEnd - driver) & ~1UL),
            new GuestAddress((DeviceEnd - device) & ~3UL), RingSetup.FreshBase(features), features);
    }

    private static (ulong Guest, ulong Size) EndingAt(ulong end, ulong bytes)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        ulong size = (bytes + page - 1) & ~(page - 1);
        return (end - size, size);
    }
}
