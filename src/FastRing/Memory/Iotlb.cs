namespace FastRing.Memory;

/// <summary>
/// What is known of how a driver's I/O virtual addresses translate, with <c>VIRTIO_F_ACCESS_PLATFORM</c>. It forgets: what is not here is to be asked of whoever has
/// the IOMMU. Sorted, so that a lookup is a binary search; changes come one by one from another process and may cost a move. One thread.
/// </summary>
public sealed class Iotlb
{
    /// <summary>The most there is room for. One more takes the place of another.</summary>
    public const int MaxEntries = 2048;

    private const int FirstEntries = 16;

    private IotlbEntry[] _entries = []; // Most devices are behind no IOMMU; a connection that comes and goes is to cost little.
    private int _next; // Which one has to go next: in turn, so that none stays for ever and none is forgotten at once.

    /// <summary>Entries there are.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Adds a translation. Whatever it overlaps goes, unless it is the same place: then its permissions are added to those known, as some IOMMUs tell of no more than was
    /// asked for. The memory at <paramref name="host"/> is the caller's to keep mapped.
    /// </summary>
    /// <param name="range">The driver's addresses.</param>
    /// <param name="frontend">Where they are in the frontend's process.</param>
    /// <param name="host">Where they are in this process.</param>
    /// <param name="access">What the device may do there.</param>
    public void Add(IovaRange range, FrontendAddress frontend, nint host, IotlbAccess access)
    {
        var entry = new IotlbEntry(range, frontend, host, access);
        if (Knows(range, frontend))
        {
            ref IotlbEntry known = ref _entries[FirstEndingAtOrBehind(range.First)];
            known = entry with { Access = access | known.Access };
            return;
        }

        Remove(range);
        if (Count == MaxEntries)
        {
            _next = (_next + 1) % MaxEntries;
            RemoveAt(_next, 1);
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Clamp(2 * Count, FirstEntries, MaxEntries));
        }

        int at = FirstEndingAtOrBehind(range.First);
        Array.Copy(_entries, at, _entries, at + 1, Count - at);
        _entries[at] = entry;
        Count++;
    }

    /// <summary>Whether there is an entry for just these addresses, and at that place.</summary>
    public bool Knows(IovaRange range, FrontendAddress frontend)
    {
        int at = FirstEndingAtOrBehind(range.First);
        return at < Count && _entries[at].IsSamePlace(new IotlbEntry(range, frontend, 0, IotlbAccess.None));
    }

    /// <summary>Forgets every entry of which an address is in <paramref name="range"/>.</summary>
    public void Remove(IovaRange range)
    {
        int first = FirstEndingAtOrBehind(range.First);
        int end = first;
        while (end < Count && _entries[end].Range.First <= range.Last)
        {
            end++;
        }

        RemoveAt(first, end - first);
    }

    /// <summary>Another memory map holds from here on: entries move with their memory, and those whose memory is gone go too.</summary>
    /// <param name="memory">The map; null: there is none.</param>
    public void Rebind(GuestMemory? memory)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            IotlbEntry entry = _entries[i];
            if (memory is not null && memory.TryTranslate(entry.Frontend, entry.BytesFrom(entry.Range.First), out nint host))
            {
                _entries[kept++] = entry with { Host = host };
            }
        }

        Count = kept;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => Count = 0;

    /// <summary>The entry an address is in, if it is known.</summary>
    internal bool TryFind(ulong address, out IotlbEntry entry)
    {
        int at = FirstEndingAtOrBehind(address);
        bool found = at < Count && _entries[at].Range.Contains(address);
        entry = found ? _entries[at] : default;
        return found;
    }

    /// <summary>No two entries overlap, so those that begin later also end later.</summary>
    private int FirstEndingAtOrBehind(ulong address)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_entries[middle].Range.Last < address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void RemoveAt(int index, int count)
    {
        Array.Copy(_entries, index + count, _entries, index, Count - index - count);
        Count -= count;
    }
}
