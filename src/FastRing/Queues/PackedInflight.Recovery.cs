using FastRing.Spec;

namespace FastRing.Queues;

/// <content>What a process left that ended at any moment. Links are read once, and what is checked is what was read.</content>
internal sealed unsafe partial class PackedInflight
{
    private VirtqueueError Recover(ushort freeHead, ushort oldFreeHead)
    {
        ulong used = _region.Load(Used);
        if (!TryPosition((ushort)used, (byte)(used >> 32), out PackedPosition now) || !TryPosition((ushort)(used >> 16), (byte)(used >> 40), out PackedPosition old))
        {
            return VirtqueueError.BadInflightRegion;
        }

        // A publication was under way. Whether it was shown is what its first descriptor says; if it was not, it never was.
        bool isShown = now != old && !IsAvailable(old);
        freeHead = isShown ? freeHead : oldFreeHead;
        _used = isShown ? now : old;
        ReadEntries();
        bool[] seen = new bool[_size];
        uint left = _size;
        VirtqueueError error = ClearFree(freeHead, seen, ref left);
        uint slots = left;
        error = error == VirtqueueError.None ? CollectChains(seen, ref left) : error;
        if (error == VirtqueueError.None && left != 0)
        {
            error = VirtqueueError.BadInflightRegion; // Entries of no list.
        }

        if (error == VirtqueueError.None && !AreTaken(slots))
        {
            error = VirtqueueError.InflightMismatch;
        }

        if (error == VirtqueueError.None)
        {
            Settle(freeHead, _used);
            StoreCleared(seen);
            PutBackInOrder(_used);
        }

        return error;
    }

    private bool TryPosition(ushort index, byte wrap, out PackedPosition position)
    {
        position = PackedPosition.At(index & 0x7fffu, wrap != 0);
        return index < _size && wrap <= 1;
    }

    private void ReadEntries()
    {
        for (uint i = 0; i < _size; i++)
        {
            ulong links = _region.Load(At(i));
            ref Entry entry = ref _entries[i];
            entry.Counter = (byte)links != 0 ? _region.Load(At(i) + Counter) : 0;
            entry.Next = (ushort)(links >> 16);
            entry.Last = (ushort)(links >> 32);
            entry.Slots = (ushort)(links >> 48);
        }
    }

    /// <summary>What is on the free list is not in flight, whatever it says itself.</summary>
    private VirtqueueError ClearFree(uint head, bool[] seen, ref uint left)
    {
        for (; head != _size; head = _entries[head].Next)
        {
            if (head > _size || seen[head])
            {
                return VirtqueueError.BadInflightRegion;
            }

            seen[head] = true;
            _entries[head].Counter = 0;
            left--;
        }

        return VirtqueueError.None;
    }

    private VirtqueueError CollectChains(bool[] seen, ref uint left)
    {
        for (uint head = 0; head < _size; head++)
        {
            ref Entry entry = ref _entries[head];
            if (seen[head] || entry.Counter == 0)
            {
                continue;
            }

            if (entry.Counter > InflightRegion.MaxCounter || !TryFollow(head, seen, ref left))
            {
                return VirtqueueError.BadInflightRegion;
            }

            _counter = Math.Max(_counter, entry.Counter);
            _order.Add((ushort)head, entry.Counter);
        }

        _order.Sort();
        return VirtqueueError.None;
    }

    private bool TryFollow(uint head, bool[] seen, ref uint left)
    {
        uint last = _size;
        uint next = head;
        for (uint i = 0; i < _entries[head].Slots; i++)
        {
            if (next >= _size || seen[next])
            {
                return false;
            }

            seen[next] = true;
            left--;
            last = next;
            next = _entries[next].Next;
        }

        return last == _entries[head].Last;
    }

    /// <summary>Whether the driver made as many descriptors available from the used position on: some may have been written over by used ones that were never shown.</summary>
    private bool AreTaken(uint slots)
    {
        PackedPosition at = _used;
        for (; slots > 0; slots--)
        {
            uint flags = FlagsAt(at);
            if (flags != at.AvailableFlags && flags != at.UsedFlags)
            {
                return false;
            }

            at = at.Plus(1, _size);
        }

        return true;
    }

    private bool IsAvailable(PackedPosition at) => FlagsAt(at) == at.AvailableFlags;

    private uint FlagsAt(PackedPosition at)
    {
        // SAFETY: a position's index is below the size. Acquire: what the driver wrote before it made the descriptor available is read after it.
        return (uint)(Volatile.Read(ref _ring.Descriptors[(2 * (nuint)at.Index) + 1]) >> 48) & (uint)(DescriptorFlags.Available | DescriptorFlags.Used);
    }

    private void StoreCleared(bool[] seen)
    {
        for (uint i = 0; i < _size; i++)
        {
            if (seen[i] && _entries[i].Counter == 0 && (byte)_region.Load(At(i)) != 0)
            {
                StoreEntry(i);
            }
        }
    }
}
