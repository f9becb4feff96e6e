using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>The guest memory a driver writes its indirect tables to: one table for each head of the ring.</summary>
internal readonly unsafe struct DriverIndirectTables
{
    private readonly VirtqDescriptor* _host;
    private readonly ulong _guest;

    public DriverIndirectTables(GuestMemory memory, GuestAddress start, int entries)
    {
        Entries = entries;
        _guest = start.Value;
        if (entries > 0 && memory.TryTranslate(start, VirtqDescriptor.SizeBytes, out nint host))
        {
            _host = (VirtqDescriptor*)host;
        }
    }

    /// <summary>Longest table; 0: chains are direct.</summary>
    public int Entries { get; }

    public ulong AddressOf(int head) => _guest + ((ulong)head * (ulong)Entries * VirtqDescriptor.SizeBytes);

    /// <summary>The table of a head, to be written.</summary>
    public Span<VirtqDescriptor> Of(int head)
    {
        // SAFETY: DriverVirtqueue.Create proved size * Entries descriptors mapped behind the ring; head < size by its free list.
        return new Span<VirtqDescriptor>(_host + ((long)head * Entries), Entries);
    }
}
