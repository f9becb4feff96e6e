using System.Numerics;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// What is kept of a packed ring's chains in flight, in a region that outlives the process (vhost-user, "Inflight I/O tracking": <c>QueueRegionPacked</c>), with copies of their descriptors,
/// as the device writes its used ones over them. Links and counters are kept in this process too, where nobody else writes: the region is read when the ring starts.
/// <para>
/// A chain is in flight when <c>free_head</c> and <c>old_free_head</c> are behind its entries, in one store after all others of it. Those of a publication are linked to the free list and
/// <c>used_idx</c> is moved on; then they are shown to the driver; then they are cleared, and the old values follow the new ones. A process that ends in between leaves new values that differ from
/// the old ones, and the descriptor at the old place tells its successor which of them are true.
/// </para>
/// <para>
/// When a ring starts, its chains in flight are written to the ring again, oldest first, from its used position on: these descriptors are the device's, and some may hold used elements
/// that were never published, which the driver must not come upon. So they are simply available, as at the start of any ring.
/// </para>
/// </summary>
internal sealed unsafe partial class PackedInflight
{
    private const int Used = 16;
    private const int Entries = 32;
    private const int EntryBytes = 32;
    private const int Counter = 8;
    private const int Descriptor = 16;
    private const int Address = 24;
    private const ushort None = ushort.MaxValue;
    private const ulong AvailableAndUsed = (ulong)(DescriptorFlags.Available | DescriptorFlags.Used) << 48;

    private readonly RecoveryArea _region;
    private readonly PackedRingAreas _ring;
    private readonly uint _size;
    private readonly Entry[] _entries;
    private readonly ushort[] _heads; // By buffer id: the first entry of its chain, if that is in flight.
    private readonly ushort[] _batch; // First entries of the chains completed and not published.
    private readonly ChainOrder _order;
    private int _batchCount;
    private ulong _counter;
    private ushort _freeHead; // The ring's size: there is none.
    private ushort _linkedHead;
    private PackedPosition _used;
    private PackedPosition _publishing;

    private PackedInflight(RecoveryArea region, uint size, in PackedRingAreas ring)
    {
        _region = region;
        _size = size;
        _ring = ring;
        _entries = new Entry[size];
        _heads = new ushort[size];
        _heads.AsSpan().Fill(None);
        _batch = new ushort[size];
        _order = new ChainOrder(size);
    }

    /// <summary>Goes on from a region, or begins one.</summary>
    /// <param name="region">The region. Untrusted.</param>
    /// <param name="size">Entries of the ring.</param>
    /// <param name="ring">Where it lies.</param>
    /// <param name="start">Where the frontend says that the ring goes on; afterwards, where it does.</param>
    /// <param name="inflight">It, if there is no error.</param>
    public static VirtqueueError TryOpen(RecoveryArea region, uint size, in PackedRingAreas ring, ref PackedPosition start, out PackedInflight? inflight)
    {
        inflight = null;
        if (region.Length < InflightRegion.BytesFor(size))
        {
            return VirtqueueError.BadInflightRegion;
        }

        var opened = new PackedInflight(region, size, ring);
        ulong heads = region.Load(InflightRegion.Heads);
        VirtqueueError error = VirtqueueError.None;
        if ((ushort)heads == 0)
        {
            error = opened.Begin(start);
        }
        else
        {
            error = InflightRegion.IsOf(region, size, heads) ? opened.Recover((ushort)(heads >> 32), (ushort)(heads >> 48)) : VirtqueueError.BadInflightRegion;
            start = opened._used;
        }

        inflight = error == VirtqueueError.None ? opened : null;
        return error;
    }

    /// <summary>Chains were popped from <paramref name="at"/> on; the device does not have them before this returns.</summary>
    /// <returns>How many can be kept: those before one whose id is in flight already.</returns>
    public int Popped(ReadOnlySpan<DescriptorChain> chains, PackedPosition at)
    {
        ushort free = _freeHead;
        int kept = 0;
        while (kept < chains.Length && _heads[chains[kept].Id] == None && TryKeep(chains[kept], ref at, ref free))
        {
            kept++;
        }

        if (kept > 0)
        {
            _freeHead = free;
            StoreHeads(free, free);
        }

        return kept;
    }

    /// <summary>Chains were completed, and will be published: nothing is told before.</summary>
    public void Completed(ReadOnlySpan<DescriptorChain> chains)
    {
        foreach (ref readonly DescriptorChain chain in chains)
        {
            ushort head = _heads[chain.Id];
            if (head != None)
            {
                _heads[chain.Id] = None;
                _batch[_batchCount++] = head;
            }
        }
    }

    /// <summary>Before the publication: what is to be free, and where the ring will be.</summary>
    public void Link(PackedPosition completed)
    {
        _linkedHead = _freeHead;
        foreach (ushort head in Batch)
        {
            ushort last = _entries[head].Last;
            _entries[last].Next = _linkedHead;
            StoreEntry(last);
            _linkedHead = head;
        }

        _publishing = completed;
        StoreHeads(_linkedHead, _freeHead);
        StoreUsed(completed, _used);
        _region.BeforeGuestStore();
    }

    /// <summary>After it.</summary>
    public void Published()
    {
        // Release, as each store to the region is: none of these is done before the descriptor that shows the publication.
        foreach (ushort head in Batch)
        {
            _entries[head].Counter = 0;
            StoreEntry(head);
        }

        _batchCount = 0;
        Settle(_linkedHead, _publishing);
    }

    /// <summary>Makes the chains that were popped and not completed available again from a place on, where the ring has as many descriptors of theirs.</summary>
    /// <returns>True when the ring had to be written to: where chains are completed in order it is as it was.</returns>
    public bool PutBack(PackedPosition from)
    {
        _order.Clear();
        for (uint head = 0; head < _size; head++)
        {
            if (_entries[head].Counter != 0 && _heads[_entries[head].Id] == head)
            {
                _order.Add((ushort)head, _entries[head].Counter);
            }
        }

        _order.Sort();
        return PutBackInOrder(from);
    }

    private bool PutBackInOrder(PackedPosition at)
    {
        bool wrote = false;
        foreach (ushort head in _order.Chains)
        {
            wrote |= WriteChain(head, ref at);
        }

        Free(_order.Chains);
        return wrote;
    }

    private ReadOnlySpan<ushort> Batch => _batch.AsSpan(0, _batchCount);

    private static int At(uint entry) => Entries + ((int)entry * EntryBytes);

    private VirtqueueError Begin(PackedPosition start)
    {
        if (start.Index >= _size)
        {
            return VirtqueueError.BadBase;
        }

        for (uint i = 0; i < _size; i++)
        {
            _entries[i].Next = (ushort)(i + 1);
            StoreEntry(i);
        }

        _region.Store(InflightRegion.Features, 0);
        _used = start;
        StoreUsed(start, start);
        StoreHeads(0, 0); // With the version, last: what is before it counts from here on.
        return VirtqueueError.None;
    }

    private bool TryKeep(in DescriptorChain chain, ref PackedPosition at, ref ushort free)
    {
        ushort head = free;
        ushort last = free;
        for (uint left = chain.Slots; left > 0; left--)
        {
            if (free >= _size)
            {
                return false; // Of a device that gives chains back twice.
            }

            // SAFETY: a position's index is below the size. The driver may have changed what it says since it was popped: then that is what is popped after a restart.
            ulong* descriptor = _ring.Descriptors + (2 * (nuint)at.Index);
            _region.Store(At(free) + Descriptor, BitOperations.RotateLeft(Volatile.Read(ref descriptor[1]), 32));
            _region.Store(At(free) + Address, Volatile.Read(ref descriptor[0]));
            last = free;
            free = _entries[free].Next;
            at = at.Plus(1, _size);
        }

        ref Entry entry = ref _entries[head];
        entry.Counter = ++_counter;
        entry.Last = last;
        entry.Slots = chain.Slots;
        entry.Id = chain.Id;
        _heads[chain.Id] = head;
        _region.Store(At(head) + Counter, _counter);
        StoreEntry(head);
        return true;
    }

    /// <summary>Writes a chain's descriptors to the ring, as they were, but available where they are now.</summary>
    private bool WriteChain(uint head, ref PackedPosition at)
    {
        bool wrote = false;
        uint entry = head;
        for (uint left = _entries[head].Slots; left > 0; left--)
        {
            // The area is read here, and whoever has it too may have changed it: the ring is what will be checked.
            ulong address = _region.Load(At(entry) + Address);
            ulong rest = BitOperations.RotateLeft(_region.Load(At(entry) + Descriptor), 32);
            wrote |= WriteDescriptor(at, address, (rest & ~AvailableAndUsed) | ((ulong)at.AvailableFlags << 48));
            entry = _entries[entry].Next;
            at = at.Plus(1, _size);
        }

        return wrote;
    }

    private bool WriteDescriptor(PackedPosition at, ulong address, ulong rest)
    {
        // SAFETY: a position's index is below the size.
        ulong* descriptor = _ring.Descriptors + (2 * (nuint)at.Index);
        if (Volatile.Read(ref descriptor[0]) == address && Volatile.Read(ref descriptor[1]) == rest)
        {
            return false;
        }

        _region.BeforeGuestStore();
        Volatile.Write(ref descriptor[0], address);
        Volatile.Write(ref descriptor[1], rest);
        return true;
    }

    /// <summary>Chains that are available again are in flight no more: all at once, by the store of the free list's head.</summary>
    private void Free(ReadOnlySpan<ushort> chains)
    {
        if (chains.IsEmpty)
        {
            return;
        }

        ushort free = _freeHead;
        for (int i = chains.Length - 1; i >= 0; i--)
        {
            ushort last = _entries[chains[i]].Last;
            _entries[last].Next = free;
            StoreEntry(last);
            free = chains[i];
        }

        _freeHead = free;
        StoreHeads(free, free);
        foreach (ushort head in chains)
        {
            _heads[_entries[head].Id] = None;
            _entries[head].Counter = 0;
            StoreEntry(head);
        }
    }

    /// <summary>The old values follow the new ones.</summary>
    private void Settle(ushort freeHead, PackedPosition used)
    {
        _freeHead = freeHead;
        StoreHeads(freeHead, freeHead);
        _used = used;
        StoreUsed(used, used);
    }

    /// <summary>inflight, next, last and num, in one store.</summary>
    private void StoreEntry(uint index)
    {
        Entry entry = _entries[index];
        _region.Store(At(index), (entry.Counter != 0 ? 1UL : 0) | ((ulong)entry.Next << 16) | ((ulong)entry.Last << 32) | ((ulong)entry.Slots << 48));
    }

    /// <summary>version, desc_num, free_head and old_free_head, in one store.</summary>
    private void StoreHeads(ushort head, ushort old) =>
        _region.Store(InflightRegion.Heads, InflightRegion.Version | ((ulong)_size << 16) | ((ulong)head << 32) | ((ulong)old << 48));

    /// <summary>used_idx, old_used_idx and both wrap counters, in one store.</summary>
    private void StoreUsed(PackedPosition used, PackedPosition old) =>
        _region.Store(Used, used.Index | (old.Index << 16) | (used.Wrap ? 1UL << 32 : 0) | (old.Wrap ? 1UL << 40 : 0));

    /// <summary>An entry's links; of the first of a chain also what the chain is.</summary>
    private struct Entry
    {
        public ulong Counter; // 0: none of the first ones.
        public ushort Next;
        public ushort Last;
        public ushort Slots;
        public ushort Id;
    }
}
