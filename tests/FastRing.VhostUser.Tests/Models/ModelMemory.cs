using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Models;

/// <summary>What frontends of the model share: a file of guest memory, and regions of it that go together or do not.</summary>
internal sealed class ModelMemory : IDisposable
{
    public const ulong Bytes = 1 << 16;

    /// <summary>Two that go together; one over the first; one of no size; one beyond the file's end.</summary>
    public static readonly MemoryRegion[] Regions =
    [
        new(new GuestAddress(0), Bytes, new FrontendAddress(0x7000_0000_0000), 0),
        new(new GuestAddress(1UL << 32), Bytes, new FrontendAddress(0x7100_0000_0000), 0),
        new(new GuestAddress(Bytes / 2), Bytes, new FrontendAddress(0x7200_0000_0000), 0),
        new(new GuestAddress(2UL << 32), 0, new FrontendAddress(0x7300_0000_0000), 0),
        new(new GuestAddress(3UL << 32), Bytes, new FrontendAddress(0x7400_0000_0000), Bytes / 2),
    ];

    public OwnedFd File { get; } = MemFd.Create("model", Bytes);

    public EventFd Event { get; } = EventFd.Create();

    /// <summary>Whether it can be mapped.</summary>
    public static bool IsMappable(in MemoryRegion region) => region.SizeBytes > 0 && region.FileOffset + region.SizeBytes <= Bytes;

    public static bool Overlap(in MemoryRegion one, in MemoryRegion other) =>
        one.Guest.Value < other.Guest.Value + other.SizeBytes && other.Guest.Value < one.Guest.Value + one.SizeBytes;

    /// <summary>Where a ring lies: well, out of alignment, or nowhere.</summary>
    public static byte[] Addresses(int ring, int region, int offset)
    {
        ulong start = Regions[region].Frontend.Value + ((ulong)ring * 0x1000);
        byte[] payload = new byte[VringAddresses.SizeBytes];
        new VringAddresses(new(start + (ulong)offset), new(start + 0x4000), new(start + 0x8000)).Write(payload, (uint)ring);
        return payload;
    }

    public static byte[] Table(params ReadOnlySpan<int> regions)
    {
        byte[] payload = new byte[sizeof(ulong) + (regions.Length * MemoryRegion.PayloadBytes)];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, (uint)regions.Length);
        for (int i = 0; i < regions.Length; i++)
        {
            Regions[regions[i]].Write(payload.AsSpan(sizeof(ulong) + (i * MemoryRegion.PayloadBytes)));
        }

        return payload;
    }

    public static byte[] Single(int region)
    {
        byte[] payload = new byte[sizeof(ulong) + MemoryRegion.PayloadBytes];
        Regions[region].Write(payload.AsSpan(sizeof(ulong)));
        return payload;
    }

    public void Dispose()
    {
        File.Dispose();
        Event.Dispose();
    }
}
