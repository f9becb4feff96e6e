using FastRing.Memory;

namespace FastRing.VhostUser.Backend;

/// <summary>The regions of a session and the map made of them. Every change makes a new map that shares the regions that stay.</summary>
internal sealed class MemoryTable(ulong maxBytes, MemorySealPolicy seals) : IDisposable
{
    /// <summary>The most regions there may be: as many as Linux lets a virtual machine have memory slots.</summary>
    public const int MaxSlots = 509;

    private List<MemorySlot> _slots = [];

    /// <summary>The map; null before the first table. A started ring holds its own reference.</summary>
    public GuestMemory? Current { get; private set; }

    public IReadOnlyList<MemorySlot> Slots => _slots;

    /// <summary>What is asked of the regions' files.</summary>
    public MemorySealPolicy Seals => seals;

    /// <summary>Whether <paramref name="added"/> bytes, beside what is there or in its stead, are within the limit.</summary>
    public bool HasRoomFor(ulong added, bool replacesAll)
    {
        ulong used = 0;
        foreach (MemorySlot slot in replacesAll ? [] : _slots)
        {
            used += slot.Region.SizeBytes;
        }

        return used <= maxBytes && added <= maxBytes - used;
    }

    /// <summary>Makes <paramref name="slots"/> the table and lets go of the regions that are no longer in it.</summary>
    /// <returns>False when regions overlap: nothing changed, and new slots are still the caller's.</returns>
    public bool TryReplace(List<MemorySlot> slots)
    {
        GuestMemory map;
        try
        {
            map = new GuestMemory([.. slots.Select(slot => slot.Region)]);
        }
        catch (ArgumentException)
        {
            return false;
        }

        foreach (MemorySlot slot in _slots)
        {
            if (!slots.Contains(slot))
            {
                slot.Dispose();
            }
        }

        _slots = slots;
        Current?.Dispose();
        Current = map;
        return true;
    }

    public void Dispose()
    {
        Current?.Dispose();
        Current = null;
        foreach (MemorySlot slot in _slots)
        {
            slot.Dispose();
        }

        _slots = [];
    }
}
