using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>
/// What is kept of a split ring's chains in flight, in a region that outlives the process (vhost-user, "Inflight I/O tracking": <c>QueueRegionSplit</c>), and in this process, where nobody
/// else writes: the region is read once, when the ring starts.
/// <para>
/// A chain is in flight from the store of its <c>inflight</c> on, which follows that of its <c>counter</c>. Those of a publication are linked first, then shown to the driver (used.idx), then
/// cleared, then <c>used_idx</c> says that they are: a process that ends in between leaves a <c>used_idx</c> behind used.idx, and by the list its successor does the rest.
/// </para>
/// </summary>
internal sealed unsafe class SplitInflight
{
    private const int Entries = 16;
    private const int EntryBytes = 16;
    private const int Counter = 8;
    private const ulong IsInflight = 1;
    private const ulong InflightMask = 0xff;
    private const int NextShift = 48;

    private readonly RecoveryArea _region;
    private readonly SplitRingAreas _ring;
    private readonly uint _size;
    private readonly ulong[] _counters; // By head; 0: not in flight, or completed.
    private readonly ushort[] _batch;   // Completed and not published.
    private readonly ChainOrder _order;
    private int _batchCount;
    private int _again; // Of the order, those taken again already.
    private ulong _counter;
    private ushort _lastBatchHead;
    private ushort _usedIndex;

    private SplitInflight(RecoveryArea region, uint size, in SplitRingAreas ring)
    {
        _region = region;
        _size = size;
        _ring = ring;
        _counters = new ulong[size];
        _batch = new ushort[size];
        _order = new ChainOrder(size);
    }

    /// <summary>Goes on from a region, or begins one.</summary>
    /// <param name="region">The region. Untrusted.</param>
    /// <param name="size">Entries of the ring.</param>
    /// <param name="ring">Where it lies.</param>
    /// <param name="start">Where the frontend says that the ring goes on; afterwards, where it does.</param>
    /// <param name="inflight">It, if there is no error.</param>
    public static VirtqueueError TryOpen(RecoveryArea region, uint size, in SplitRingAreas ring, ref ushort start, out SplitInflight? inflight)
    {
        inflight = null;
        if (region.Length < InflightRegion.BytesFor(size))
        {
            return VirtqueueError.BadInflightRegion;
        }

        var opened = new SplitInflight(region, size, ring);
        ulong heads = region.Load(InflightRegion.Heads);
        VirtqueueError error = VirtqueueError.None;
        if ((ushort)heads == 0)
        {
            opened.Begin(start);
        }
        else
        {
            error = InflightRegion.IsOf(region, size, heads) ? opened.Recover((ushort)(heads >> 32), (ushort)(heads >> 48), out start) : VirtqueueError.BadInflightRegion;
        }

        inflight = error == VirtqueueError.None ? opened : null;
        return error;
    }

    /// <summary>The next chain to be taken by its head, before those of the available ring.</summary>
    public bool TryNextAgain(out ushort head)
    {
        ReadOnlySpan<ushort> chains = _order.Chains;
        bool isOne = _again < chains.Length;
        head = isOne ? chains[_again] : default;
        return isOne;
    }

    /// <summary>It was taken: in flight it is already.</summary>
    public void TookAgain() => _again++;

    /// <summary>Chains were popped; the device does not have them before this returns.</summary>
    public void Popped(ReadOnlySpan<DescriptorChain> chains)
    {
        foreach (ref readonly DescriptorChain chain in chains)
        {
            _counters[chain.Id] = ++_counter;
            _region.Store(Entry(chain.Id) + Counter, _counter);
            _region.Store(Entry(chain.Id), IsInflight);
        }
    }

    /// <summary>Chains were completed, and will be published: nothing is told before.</summary>
    public void Completed(ReadOnlySpan<DescriptorChain> chains)
    {
        foreach (ref readonly DescriptorChain chain in chains)
        {
            _counters[chain.Id] = 0;
            _batch[_batchCount++] = chain.Id;
        }
    }

    /// <summary>Before used.idx is stored: lists what is in flight no more once it is.</summary>
    public void Link()
    {
        ushort next = _lastBatchHead;
        foreach (ushort head in Batch)
        {
            _region.Store(Entry(head), IsInflight | ((ulong)next << NextShift));
            next = head;
        }

        StoreHeads(next);
        _region.BeforeGuestStore();
    }

    /// <summary>After used.idx was stored.</summary>
    public void Published(ushort usedIndex)
    {
        // Release, as each store to the region is: none of these is done before used.idx, or chains that the driver was never shown would be in flight no more.
        ushort next = _lastBatchHead;
        foreach (ushort head in Batch)
        {
            _region.Store(Entry(head), (ulong)next << NextShift); // The list is there until used_idx says that it was dealt with.
            next = head;
        }

        _usedIndex = usedIndex;
        _lastBatchHead = next;
        _batchCount = 0;
        StoreHeads(next);
    }

    /// <summary>
    /// Makes the chains that were popped and not completed available again: those of the available ring from <paramref name="from"/> on, as they are where chains are completed in
    /// order, are in flight no more. Else the ring has not kept them, and they are taken by their heads.
    /// </summary>
    public void PutBack(ushort from)
    {
        _order.Clear();
        _again = 0;
        for (uint head = 0; head < _size; head++)
        {
            if (_counters[head] != 0)
            {
                _order.Add((ushort)head, _counters[head]);
            }
        }

        _order.Sort();
        ReadOnlySpan<ushort> chains = _order.Chains;
        if (!AreAvailable(chains, from))
        {
            return;
        }

        // The youngest first: at every moment those in flight are the oldest, one after the other on the available ring.
        for (int i = chains.Length - 1; i >= 0; i--)
        {
            _counters[chains[i]] = 0;
            _region.Store(Entry(chains[i]), 0);
        }

        _order.Clear();
    }

    private static int Entry(uint head) => Entries + ((int)head * EntryBytes);

    private void Begin(ushort start)
    {
        for (uint i = 0; i < _size; i++)
        {
            _region.Store(Entry(i), 0);
        }

        _region.Store(InflightRegion.Features, 0);
        _usedIndex = start;
        StoreHeads(0); // With the version, last: what is before it counts from here on.
    }

    /// <summary>What a process left that ended at any moment: each word is read once, and what is checked is what was read.</summary>
    private VirtqueueError Recover(ushort lastBatchHead, ushort usedIndex, out ushort start)
    {
        // SAFETY: the areas are mapped, and aligned, as long as the queue is in use. Acquire: used.idx before avail.idx, as a chain is made available before it is used.
        start = Volatile.Read(ref *_ring.UsedIndex);
        ushort available = Volatile.Read(ref *_ring.AvailableIndex);
        ulong[] entries = new ulong[_size];
        for (uint i = 0; i < _size; i++)
        {
            entries[i] = _region.Load(Entry(i));
        }

        _usedIndex = start;
        _lastBatchHead = lastBatchHead;
        VirtqueueError error = ClearBatch(entries, (ushort)(start - usedIndex));
        int chains = 0;
        for (uint i = 0; error == VirtqueueError.None && i < _size; i++)
        {
            if ((entries[i] & InflightMask) != 0)
            {
                ulong counter = _region.Load(Entry(i) + Counter);
                error = counter - 1 < InflightRegion.MaxCounter ? VirtqueueError.None : VirtqueueError.BadInflightRegion;
                _counters[i] = counter;
                _counter = Math.Max(_counter, counter);
                chains++;
            }
        }

        if (error == VirtqueueError.None && chains > (ushort)(available - start))
        {
            error = VirtqueueError.InflightMismatch; // A chain is on the available ring before it is in flight.
        }

        if (error == VirtqueueError.None)
        {
            StoreBatchCleared(entries, (ushort)(start - usedIndex));
            PutBack(start);
        }

        return error;
    }

    /// <summary>The chains of the last batch are in flight no more, if used.idx shows it and used_idx does not.</summary>
    private VirtqueueError ClearBatch(ulong[] entries, uint batch)
    {
        uint head = _lastBatchHead;
        for (uint i = 0; i < batch; i++)
        {
            if (batch > _size || head >= _size)
            {
                return VirtqueueError.BadInflightRegion;
            }

            entries[head] &= ~InflightMask;
            head = (ushort)(entries[head] >> NextShift);
        }

        return VirtqueueError.None;
    }

    private void StoreBatchCleared(ulong[] entries, uint batch)
    {
        uint head = _lastBatchHead;
        for (uint i = 0; i < batch; i++)
        {
            _region.Store(Entry(head), entries[head]);
            head = (ushort)(entries[head] >> NextShift);
        }

        StoreHeads(_lastBatchHead);
    }

    private bool AreAvailable(ReadOnlySpan<ushort> chains, ushort from)
    {
        for (int i = 0; i < chains.Length; i++)
        {
            // SAFETY: masked, so inside the available ring.
            if (Volatile.Read(ref _ring.AvailableRing[(from + i) & (int)(_size - 1)]) != chains[i])
            {
                return false;
            }
        }

        return true;
    }

    private ReadOnlySpan<ushort> Batch => _batch.AsSpan(0, _batchCount);

    /// <summary>version, desc_num, last_batch_head and used_idx, in one store.</summary>
    private void StoreHeads(ushort lastBatchHead) =>
        _region.Store(InflightRegion.Heads, InflightRegion.Version | ((ulong)_size << 16) | ((ulong)lastBatchHead << 32) | ((ulong)_usedIndex << 48));
}
