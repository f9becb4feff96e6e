using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.DriverKit;

/// <summary>
/// A guest's memory made of sparse files, read and written by guest address as its driver would. Regions lie anywhere, with or
/// without holes between them; two that touch in guest addresses lie apart in this process, and each has an inaccessible page on
/// either side, so that a device which leaves a region is killed rather than forgiven.
/// </summary>
/// <remarks>All members take guest physical addresses in bytes, and values are little endian, as virtio 1.2 (1.4) has them.</remarks>
public sealed class TestGuest : IDisposable
{
    /// <summary>What lies between a region's guest address and its address in the pretended frontend, in bytes.</summary>
    public const ulong FrontendOffset = 0x7f00_0000_0000;

    private const ulong LargestInSnapshot = 1 << 20;

    private static int s_files;
    private readonly List<OwnedFd> _files = [];

    /// <summary>Makes zeroed memory; no page of it is allocated before it is touched.</summary>
    /// <param name="regions">Each region's first guest physical address and its size in bytes, in any order.</param>
    /// <exception cref="ArgumentException">Two regions overlap, or one is empty or wraps around.</exception>
    /// <exception cref="LinuxException">The memory can't be had.</exception>
    public TestGuest(params (ulong Guest, ulong Size)[] regions)
    {
        ArgumentNullException.ThrowIfNull(regions);
        var mapped = new GuestRegion[regions.Length];
        for (int i = 0; i < regions.Length; i++)
        {
            (ulong guest, ulong size) = regions[i];
            OwnedFd file = NewFile(size);
            _files.Add(file);
            mapped[i] = GuestRegion.Map(file, 0, size, new GuestAddress(guest), ToFrontend(new(guest)));
        }

        Table = [.. mapped.Select(region => new MemoryRegion(region.GuestBase, region.SizeBytes, region.FrontendBase, FileOffset: 0))];
        Memory = new GuestMemory(mapped);
    }

    /// <summary>The map, as a device gets it.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The regions in the order given, in the words of <c>SET_MEM_TABLE</c>.</summary>
    public IReadOnlyList<MemoryRegion> Table { get; }

    /// <summary>The file of each region of <see cref="Table"/>, to be passed to a backend.</summary>
    public IReadOnlyList<OwnedFd> Files => _files;

    /// <summary>The same byte's address in the pretended frontend, as <c>SET_VRING_ADDR</c> has it.</summary>
    public static FrontendAddress ToFrontend(GuestAddress guest) => new(unchecked(guest.Value + FrontendOffset));

    /// <summary>Makes one region of a sparse file of its own, for maps that a test puts together itself.</summary>
    /// <param name="guest">Its first guest physical address.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="frontend">Its first address in the frontend; <see cref="FrontendOffset"/> above the guest's unless given.</param>
    /// <exception cref="ArgumentException">The region is empty or wraps around.</exception>
    public static GuestRegion Region(ulong guest, ulong size, ulong? frontend = null)
    {
        using OwnedFd file = NewFile(size);
        return GuestRegion.Map(file, 0, size, new GuestAddress(guest), frontend is { } address ? new(address) : ToFrontend(new(guest)));
    }

    /// <summary>Writes an le16; both its bytes lie in one region.</summary>
    public void Write16(ulong address, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Span(address, 2), value);

    /// <summary>Writes an le32; all its bytes lie in one region.</summary>
    public void Write32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Span(address, 4), value);

    /// <summary>Writes an le64; all its bytes lie in one region.</summary>
    public void Write64(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Span(address, 8), value);

    /// <summary>Reads an le16; both its bytes lie in one region.</summary>
    public ushort Read16(ulong address) => BinaryPrimitives.ReadUInt16LittleEndian(Span(address, 2));

    /// <summary>Reads an le32; all its bytes lie in one region.</summary>
    public uint Read32(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(Span(address, 4));

    /// <summary>Reads an le64; all its bytes lie in one region.</summary>
    public ulong Read64(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(Span(address, 8));

    /// <summary>Writes bytes, over the borders of adjacent regions too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Some of them lie in no region.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            Span(unchecked(address + (ulong)i), 1)[0] = bytes[i];
        }
    }

    /// <summary>The bytes at an address, all in one region.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not.</exception>
    public Span<byte> Span(ulong address, int length) => Memory.Window(new GuestAddress(address), (ulong)length).Span;

    /// <summary>Where the byte at <paramref name="address"/> lies in this process.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is in no region.</exception>
    public nint Host(ulong address) => Memory.Window(new GuestAddress(address), 1).Address;

    /// <summary>Whether a piece of this process' memory lies wholly in one region: what must hold for everything a device is handed.</summary>
    public bool Contains(IoVector piece)
    {
        foreach (GuestRegion region in Memory.Regions)
        {
            nint start = Memory.Window(region.GuestBase, 1).Address;
            ulong offset = (ulong)(piece.Address - start);
            if (piece.Address >= start && offset < region.SizeBytes && piece.Length <= region.SizeBytes - offset)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Every byte of every region up to 1 MiB, by rising address, to compare with later. It touches, and so allocates, every page.</summary>
    public byte[] Snapshot()
    {
        byte[] all = new byte[SnapshotPieces().Sum(piece => (int)piece.Length)];
        int at = 0;
        foreach (IoVector piece in SnapshotPieces())
        {
            piece.Span.CopyTo(all.AsSpan(at));
            at += (int)piece.Length;
        }

        return all;
    }

    /// <summary>Zeroes every region up to 1 MiB: cheaper than new memory.</summary>
    public void Clear()
    {
        foreach (IoVector piece in SnapshotPieces())
        {
            piece.Span.Clear();
        }
    }

    /// <summary>Whether nothing was written since <paramref name="snapshot"/> was taken.</summary>
    public bool IsUnchangedSince(ReadOnlySpan<byte> snapshot)
    {
        foreach (IoVector piece in SnapshotPieces())
        {
            if (!snapshot[..(int)piece.Length].SequenceEqual(piece.Span))
            {
                return false;
            }

            snapshot = snapshot[(int)piece.Length..];
        }

        return snapshot.IsEmpty;
    }

    /// <summary>Closes the files, and unmaps the memory once nobody else holds it.</summary>
    public void Dispose()
    {
        Memory.Dispose();
        _files.ForEach(file => file.Dispose());
    }

    private IEnumerable<IoVector> SnapshotPieces() =>
        Memory.Regions.ToArray().Where(region => region.SizeBytes <= LargestInSnapshot).Select(region => Memory.Window(region.GuestBase, region.SizeBytes));

    private static OwnedFd NewFile(ulong size) => MemFd.Create($"guest-{Interlocked.Increment(ref s_files)}", size);
}
