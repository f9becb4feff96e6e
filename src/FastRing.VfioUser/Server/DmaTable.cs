using FastRing.Memory;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;

namespace FastRing.VfioUser.Server;

/// <summary>The ranges a client has told of, and the map made of those that are memory.</summary>
internal sealed class DmaTable(ulong maxBytes, MemorySealPolicy seals) : IDisposable
{
    private readonly SortedList<ulong, DmaRange> _ranges = [];
    private readonly MemoryTable _memory = new(maxBytes, seals);

    /// <summary>The map; null: there is no memory.</summary>
    public GuestMemory? Current => _memory.Slots.Count > 0 ? _memory.Current : null;

    public MemorySealPolicy Seals => seals;

    public bool IsFull => _ranges.Count >= Capabilities.MaxDmaMaps;

    public bool HasRoomFor(ulong bytes) => _memory.HasRoomFor(bytes, replacesAll: false);

    public bool Overlaps(ulong address, ulong sizeBytes) => _ranges.Values.Any(r => r.Overlaps(address, sizeBytes));

    /// <summary>Whether there is a range of just that place and size.</summary>
    public bool Has(ulong address, ulong sizeBytes) => _ranges.TryGetValue(address, out DmaRange range) && range.SizeBytes == sizeBytes;

    /// <summary>Adds one that overlaps none.</summary>
    public void Add(in DmaRange range)
    {
        _ranges.Add(range.Address, range);
        Replace();
    }

    public void Remove(ulong address)
    {
        _ranges.Remove(address);
        Replace();
    }

    public void Clear()
    {
        _ranges.Clear();
        Replace();
    }

    public void Dispose() => _memory.Dispose();

    private void Replace() => _memory.TryReplace([.. _ranges.Values.Select(r => r.Slot).OfType<MemorySlot>()]);
}
