using System.Runtime.CompilerServices;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The driver side of a split ring. Descriptors are kept in a free list linked through a private array, never through guest memory,
/// and what the device gives back is checked against a private record of what is in flight: a device can't mislead the driver.
/// Freed descriptors go to the end of the list, so that those next written lie side by side. With <c>VIRTIO_F_IN_ORDER</c> they are taken in
/// ring order (virtio 1.2, 2.7.9).
/// </summary>
internal sealed unsafe class SplitDriverVirtqueue<TEventIndex, TInOrder> : DriverVirtqueue
    where TEventIndex : struct, IFeature
    where TInOrder : struct, IFeature
{
    private readonly SplitRingAreas _areas;
    private readonly DriverIndirectTables _tables;
    private readonly ushort[] _next;       // free list, and the chains in flight
    private readonly ChainInFlight[] _chains; // by head
    private readonly ushort _mask;
    private SplitDriverCursors _at;

    public SplitDriverVirtqueue(ushort size, in SplitRingAreas areas, in DriverIndirectTables tables)
        : base(size)
    {
        _areas = areas;
        _tables = tables;
        _mask = (ushort)(size - 1);
        _at.Free = size;
        _at.RunEnd = -1;
        _chains = new ChainInFlight[size];
        _next = new ushort[size];
        _at.FreeTail = _mask;
        for (int i = 0; i < size; i++)
        {
            _next[i] = (ushort)((i + 1) & _mask);
        }
    }

    public override int Free => _at.Free;

    public override bool TryAdd(ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable, ulong token)
    {
        int count = readable.Length + writable.Length;
        bool indirect = count > 1 && count <= _tables.Entries;
        int needed = indirect ? 1 : count;
        if (count == 0 || needed > _at.Free || IsBroken)
        {
            return false;
        }

        ushort head = _at.FreeHead;
        if (indirect)
        {
            WriteTable(head, readable, writable);
        }
        else
        {
            WriteChain(head, readable, writable);
        }

        Offer(head, needed, TInOrder.IsNegotiated ? DriverBuffer.Total(writable) : 0, token);
        return true;
    }

    public override bool TryAdd(DriverBuffer buffer, bool writable, ulong token)
    {
        if (_at.Free == 0 || IsBroken)
        {
            return false;
        }

        ushort head = _at.FreeHead;

        // SAFETY: the free list holds indices below the ring's size only.
        _areas.Descriptors[head] = new VirtqDescriptor(
            buffer.Address.Value, buffer.Length, writable ? DescriptorFlags.Write : DescriptorFlags.None, 0);
        Offer(head, 1, writable ? buffer.Length : 0, token);
        return true;
    }

    public override void PublishQuietly()
    {
        if (_at.Added != _at.Published && !IsBroken)
        {
            _at.Undecided += (ushort)(_at.Added - _at.Published);

            // Release: pairs with the device's acquire of avail.idx.
            Volatile.Write(ref *_areas.AvailableIndex, _at.Added);
            _at.Published = _at.Added;
        }
    }

    public override bool NotificationDue()
    {
        ulong undecided = _at.Undecided;
        if (undecided == 0 || IsBroken)
        {
            return false;
        }

        _at.Undecided = 0;

        // Store-load: pairs with the device's fence between avail_event (or used.flags) and its re-read of avail.idx.
        Interlocked.MemoryBarrier();
        return TEventIndex.IsNegotiated
            ? undecided > ushort.MaxValue || EventIndex.Passed(Volatile.Read(ref *_areas.AvailableEvent), _at.Published, (ushort)(_at.Published - undecided))
            : (Volatile.Read(ref *_areas.UsedFlags) & RingFlags.NoNotify) == 0;
    }

    public override NotificationData NotificationFor(ushort queueIndex) => NotificationData.OfSplit(queueIndex, _at.Published);

    public override bool TryTakeUsed(out UsedBuffer used)
    {
        if (IsBroken || (_at.Used == _at.Taken && !HasUsed()))
        {
            used = default;
            return false;
        }

        return TInOrder.IsNegotiated ? TryTakeInOrder(out used) : TryTake(out used);
    }

    public override bool EnableNotifications()
    {
        if (TEventIndex.IsNegotiated)
        {
            Volatile.Write(ref *_areas.UsedEvent, _at.Taken);
        }
        else
        {
            Volatile.Write(ref *_areas.AvailableFlags, 0);
        }

        // Store-load: pairs with the device's fence between used.idx and its load of used_event (or avail.flags).
        Interlocked.MemoryBarrier();
        return !IsBroken && HasUsed();
    }

    public override void SuppressNotifications()
    {
        if (TEventIndex.IsNegotiated)
        {
            // Half the index space away. Called at least once on the way there, it is put off for ever.
            ushort never = (ushort)(_at.Taken + 0x8000);
            if ((ushort)(never - Volatile.Read(ref *_areas.UsedEvent)) > 0x2000)
            {
                Volatile.Write(ref *_areas.UsedEvent, never);
            }
        }
        else if (Volatile.Read(ref *_areas.AvailableFlags) != RingFlags.NoInterrupt)
        {
            Volatile.Write(ref *_areas.AvailableFlags, RingFlags.NoInterrupt);
        }
    }

    private bool HasUsed()
    {
        // Acquire: pairs with the device's release of used.idx. Not read again before all it spoke of is taken.
        ushort used = Volatile.Read(ref *_areas.UsedIndex);
        if ((ushort)(used - _at.Taken) > (ushort)(_at.Published - _at.Taken))
        {
            IsBroken = true;
            return false;
        }

        _at.Used = used;
        return used != _at.Taken;
    }

    // SAFETY: masked, so inside the used ring.
    private ulong Element() => Unsafe.ReadUnaligned<ulong>(&_areas.UsedRing[_at.Taken & _mask]);

    private bool TryTake(out UsedBuffer used)
    {
        used = default;
        ulong element = Element();
        uint id = (uint)element;
        if (id > _mask || _chains[id].Descriptors == 0)
        {
            IsBroken = true;
            return false;
        }

        used = new UsedBuffer(_chains[id].Token, (uint)(element >> 32));
        GiveBack((ushort)id);
        return true;
    }

    private bool TryTakeInOrder(out UsedBuffer used)
    {
        used = default;
        if (_at.RunEnd < 0)
        {
            ulong element = Element();
            uint end = (uint)element;
            if (end > _mask || _chains[end].Descriptors == 0)
            {
                IsBroken = true;
                return false;
            }

            _at.RunEnd = (int)end;
            _at.RunWritten = (uint)(element >> 32);
        }

        // Chains before the run's last are used completely. Each begins where the one before it ended.
        ushort head = _at.TakenHead;
        bool isLast = head == _at.RunEnd;
        used = new UsedBuffer(_chains[head].Token, isLast ? _at.RunWritten : _chains[head].Writable);
        _at.RunEnd = isLast ? -1 : _at.RunEnd;
        GiveBack(head);
        return true;
    }

    private void Offer(ushort head, int descriptors, uint writable, ulong token)
    {
        _chains[head] = new ChainInFlight(token, writable, (ushort)descriptors);
        _at.FreeHead = Behind(head, descriptors);
        _at.Free -= descriptors;

        // SAFETY: masked, so inside the available ring.
        _areas.AvailableRing[_at.Added & _mask] = head;
        _at.Added++;
    }

    private void WriteChain(ushort head, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable)
    {
        ushort index = head;
        int count = readable.Length + writable.Length;
        for (int i = 0; i < count; i++)
        {
            // SAFETY: the free list holds indices below the ring's size only.
            _areas.Descriptors[index] = DriverBuffer.Descriptor(i, readable, writable, _next[index]);
            index = _next[index];
        }
    }

    private void WriteTable(ushort head, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable)
    {
        Span<VirtqDescriptor> table = _tables.Of(head);
        int count = readable.Length + writable.Length;
        for (int i = 0; i < count; i++)
        {
            table[i] = DriverBuffer.Descriptor(i, readable, writable, (ushort)(i + 1));
        }

        _areas.Descriptors[head] = new VirtqDescriptor(
            _tables.AddressOf(head), (uint)(count * VirtqDescriptor.SizeBytes), DescriptorFlags.Indirect, 0);
    }

    private void GiveBack(ushort head)
    {
        int count = _chains[head].Descriptors;
        _chains[head].Descriptors = 0;
        _at.Taken++;
        if (TInOrder.IsNegotiated)
        {
            _at.TakenHead = Behind(head, count); // They lie in ring order for ever.
        }
        else
        {
            // The list's end is linked even while it is empty: then its next taken is this one.
            _next[_at.FreeTail] = head;
            _at.FreeHead = _at.Free == 0 ? head : _at.FreeHead;
            _at.FreeTail = count == 1 ? head : Last(head, count);
        }

        _at.Free += count;
    }

    /// <summary>The free descriptor behind a chain.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ushort Behind(ushort head, int count) =>
        TInOrder.IsNegotiated ? (ushort)((head + count) & _mask) : _next[count == 1 ? head : Last(head, count)];

    private ushort Last(ushort head, int count)
    {
        ushort last = head;
        for (int i = 1; i < count; i++)
        {
            last = _next[last];
        }

        return last;
    }
}
