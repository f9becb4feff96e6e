using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Tests.Memory;

/// <summary>A guest's memory made of sparse files, read and written by guest address as its driver would.</summary>
internal sealed class TestGuest : IDisposable
{
    /// <summary>What lies between a region's guest address and its address in the pretended frontend.</summary>
    public const ulong FrontendOffset = 0x7f00_0000_0000;

    private static int s_files;

    public TestGuest(params (ulong Guest, ulong Size)[] regions) =>
        Memory = new GuestMemory(regions.Select(r => Region(r.Guest, r.Size)).ToArray());

    public GuestMemory Memory { get; }

    public static GuestRegion Region(ulong guest, ulong size, ulong? frontend = null)
    {
        using OwnedFd file = MemFd.Create($"guest-{Interlocked.Increment(ref s_files)}", size);
        return GuestRegion.Map(file, 0, size, new GuestAddress(guest), new FrontendAddress(frontend ?? unchecked(guest + FrontendOffset)));
    }

    public void Write16(ulong address, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Span(address, 2), value);

    public void Write32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Span(address, 4), value);

    public void Write64(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Span(address, 8), value);

    public ushort Read16(ulong address) => BinaryPrimitives.ReadUInt16LittleEndian(Span(address, 2));

    public uint Read32(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(Span(address, 4));

    public Span<byte> Span(ulong address, int length) => Memory.Window(new GuestAddress(address), (ulong)length).Span;

    /// <summary>Every byte of every region, to compare with later.</summary>
    public byte[] Snapshot()
    {
        using var all = new MemoryStream();
        foreach (GuestRegion region in Memory.Regions)
        {
            all.Write(Memory.Window(region.GuestBase, region.SizeBytes).Span);
        }

        return all.ToArray();
    }

    public void Dispose() => Memory.Dispose();
}
