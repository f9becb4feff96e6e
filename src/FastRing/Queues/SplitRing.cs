using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The device side of a split ring (virtio 1.2, 2.7).
/// <para>
/// Get: <c>avail.idx</c> is read with acquire, and again only when all chains it spoke of are taken, so that its cache line stays with the driver
/// meanwhile. A step of more than the ring's size is the driver's error. Each ring entry and each descriptor is read once, into a local, and only
/// the local is checked and used: the driver may rewrite them at any moment. Indices that come from the driver are compared or masked, never trusted.
/// </para>
/// <para>
/// Complete: used elements are written behind the complete cursor and shown with one release store of <c>used.idx</c> a batch.
/// With <c>VIRTIO_F_IN_ORDER</c> one element stands for a run of chains (2.7.9), as long as no written length would be lost.
/// </para>
/// <para>
/// Notifications, both ways, are store-then-load on both sides, so each needs a full fence: ours after <c>used.idx</c> and before
/// <c>used_event</c>/<c>avail.flags</c> pairs with the driver's between its <c>used_event</c> store and its re-read of <c>used.idx</c>; ours after
/// <c>avail_event</c>/<c>used.flags</c> and before the re-read of <c>avail.idx</c> pairs with the driver's between its <c>avail.idx</c> store
/// and its load of <c>avail_event</c>.
/// </para>
/// </summary>
internal unsafe struct SplitRing<TEventIndex, TInOrder> : IDeviceRing
    where TEventIndex : struct, IFeature
    where TInOrder : struct, IFeature
{
    private readonly SplitRingAreas _areas;
    private readonly GuestMemory _memory;
    private readonly ushort _mask;
    private readonly bool _indirectAllowed;
    private readonly IndirectTable _indirect;
    private RegionWindow _window;
    private SplitCursors _at;

    public SplitRing(in VirtqueueSetup setup, in SplitRingAreas areas, GuestMemory memory)
    {
        _areas = areas;
        _memory = memory;
        _mask = (ushort)(setup.Size - 1);
        _indirectAllowed = (setup.Features & VirtioFeatures.IndirectDescriptors) != 0;
        _indirect = new IndirectTable((ushort)setup.Size);
        _at.Available = _at.Got = _at.Completed = _at.Published = _at.Asked = (ushort)setup.Base;
    }

    public readonly ushort Size => (ushort)(_mask + 1);

    public readonly uint Base => _at.Completed;

    public readonly uint PublishedBase => _at.Published;

    public readonly bool HasUnpublished => _at.Completed != _at.Published;

    public readonly uint Undecided => _at.Undecided;

    public VirtqueueError Look(out bool isAvailable)
    {
        VirtqueueError error = CountAvailable(out int chains);
        isAvailable = chains != 0;
        return error;
    }

    public VirtqueueError Pop(ref ChainSink sink)
    {
        VirtqueueError error = CountAvailable(out int available);
        uint left = (uint)Math.Min(available, sink.ChainRoom);
        while (error == VirtqueueError.None && left > 0)
        {
            left -= TakeSingles(ref sink, left);
            left -= left > 0 ? TakeChains(ref sink, left) : 0;
            left -= left > 0 && _indirectAllowed ? TakeTables(ref sink, left) : 0;
            if (left > 0)
            {
                error = TakeSlow(ref sink);
                left--;
            }
        }

        return error;
    }

    public void Complete(ReadOnlySpan<DescriptorChain> chains)
    {
        // SAFETY: masked, so inside the used ring. One 8-byte store writes id and len; the area is 4-byte aligned only, and the
        // driver reads it after used.idx, so it need not be atomic.
        if (chains.Length > (ushort)(_at.Got - _at.Completed))
        {
            throw new InvalidOperationException(IDeviceRing.TooManyCompleted);
        }

        ulong* ring = _areas.UsedRing;
        uint mask = _mask;
        uint completed = _at.Completed;
        foreach (ref readonly DescriptorChain chain in chains)
        {
            if (TInOrder.IsNegotiated)
            {
                CompleteInOrder(chain, (ushort)completed);
            }
            else
            {
                Unsafe.WriteUnaligned(ring + (completed & mask), chain.UsedElement);
            }

            completed++;
        }

        _at.Completed = (ushort)completed;
    }

    public void Rewind() => _at.Got = _at.Completed;

    public void Publish()
    {
        if (TInOrder.IsNegotiated)
        {
            EndRun();
        }

        _at.Undecided = Math.Min(_at.Undecided + (ushort)(_at.Completed - _at.Published), ushort.MaxValue + 1);

        // Release: pairs with the driver's acquire of used.idx; it reads the elements after it.
        Volatile.Write(ref *_areas.UsedIndex, _at.Completed);
        _at.Published = _at.Completed;
    }

    public bool DriverWantsNotification()
    {
        // Store-load: pairs with the driver's fence between used_event (or avail.flags) and its re-read of used.idx.
        Interlocked.MemoryBarrier();
        ushort before = _at.Signalled;
        bool known = _at.IsSignalledValid && _at.Undecided <= ushort.MaxValue;
        _at.Undecided = 0;
        if (!TEventIndex.IsNegotiated)
        {
            return (Volatile.Read(ref *_areas.AvailableFlags) & RingFlags.NoInterrupt) == 0;
        }

        _at.Signalled = _at.Published;
        _at.IsSignalledValid = true;

        // Where the ring was before it was started here, nobody knows what was signalled: the first publication always is.
        return !known || EventIndex.Passed(Volatile.Read(ref *_areas.UsedEvent), _at.Published, before);
    }

    public void RequestNotifications()
    {
        if (TEventIndex.IsNegotiated)
        {
            _at.Asked = _at.Got;
            Volatile.Write(ref *_areas.AvailableEvent, _at.Got);
        }
        else
        {
            Volatile.Write(ref *_areas.UsedFlags, 0);
        }

        // Store-load: pairs with the driver's fence between avail.idx and its load of avail_event (or used.flags).
        Interlocked.MemoryBarrier();
        _at.Available = _at.Got; // What is known is too old now: the next look must be at avail.idx.
    }

    public void SuppressNotifications()
    {
        if (!TEventIndex.IsNegotiated)
        {
            if (Volatile.Read(ref *_areas.UsedFlags) != RingFlags.NoNotify)
            {
                Volatile.Write(ref *_areas.UsedFlags, RingFlags.NoNotify);
            }
        }
        else if ((ushort)(_at.Got - _at.Asked) > 0x4000)
        {
            // The driver notifies when its index passes avail_event, which it has done and does again after 65536 buffers: kept behind, it never does.
            _at.Asked = (ushort)(_at.Got - 1);
            Volatile.Write(ref *_areas.AvailableEvent, _at.Asked);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private VirtqueueError CountAvailable(out int chains)
    {
        chains = (ushort)(_at.Available - _at.Got);
        return chains != 0 ? VirtqueueError.None : ReadAvailableIndex(out chains);
    }

    private VirtqueueError ReadAvailableIndex(out int chains)
    {
        // Acquire: pairs with the driver's release of avail.idx; ring entries and descriptors are read after it.
        ushort available = Volatile.Read(ref *_areas.AvailableIndex);
        ushort count = (ushort)(available - _at.Got);

        // Counted from what the driver has seen come back, so that a driver which never waits for it can't keep a device popping.
        bool jumped = count > Size || count + (ushort)(_at.Got - _at.Published) > Size;
        chains = jumped ? 0 : count;
        _at.Available = jumped ? _at.Got : available;
        return jumped ? VirtqueueError.AvailableIndexJumped : VirtqueueError.None;
    }

    /// <summary>
    /// Takes chains as long as they are what most are: one descriptor, of the kind that is recorded, not empty, in the region of the last.
    /// The first that is not is left to <see cref="TakeChains"/>, as if nobody had looked at it.
    /// </summary>
    /// <returns>Chains taken.</returns>
    private uint TakeSingles(ref ChainSink sink, uint count)
    {
        // SAFETY: what is masked lies inside the available ring; an index that was compared with the mask, inside the descriptor area,
        // which has 16 mapped bytes for it on a 16-byte boundary. Each field is read once. The sink has room for as many chains and segments.
        ushort* ring = _areas.AvailableRing;
        VirtqDescriptor* table = _areas.Descriptors;
        nuint mask = _mask;
        nuint got = _at.Got;
        nuint end = got + Math.Min(count, sink.SegmentRoom);
        RegionWindow window = _window;
        uint kind = sink.FirstKind;
        ulong one = DescriptorChain.One(kind);
        ulong place = DescriptorChain.Place(slots: 1, sink.SegmentCount);
        ref DescriptorChain chain = ref sink.NextChain;
        ref IoVector segment = ref sink.NextSegment;
        for (; got != end; got++)
        {
            nuint head = Volatile.Read(ref ring[got & mask]);
            if (head > mask)
            {
                break;
            }

            ulong address = GuestReads.Address(table + head);
            nuint length = GuestReads.Length(table + head);
            uint flags = GuestReads.FlagsAndNext(table + head);
            if ((flags & (ChainSink.KindMask | (uint)DescriptorFlags.Next)) != kind || !window.TryTranslate(address, length, out nint host))
            {
                break;
            }

            segment = new IoVector(host, length);
            segment = ref Unsafe.Add(ref segment, 1);
            chain = new DescriptorChain(place | head, one, length);
            chain = ref Unsafe.Add(ref chain, 1);
            place += DescriptorChain.OneSegment;
        }

        return Took(ref sink, (ushort)got, place);
    }

    /// <summary>
    /// Takes chains as long as they are what nearly all are: readable buffers before writable ones, all of them recorded, none empty,
    /// each in the region of the last, in one table. The first that is not is left to <see cref="TakeSlow"/>, as if nobody had looked at it.
    /// </summary>
    /// <returns>Chains taken.</returns>
    private uint TakeChains(ref ChainSink sink, uint count)
    {
        // SAFETY: as in TakeSingles; segments are compared with the array's end.
        ushort* ring = _areas.AvailableRing;
        VirtqDescriptor* table = _areas.Descriptors;
        nuint mask = _mask;
        nuint got = _at.Got;
        nuint end = got + count;
        RegionWindow window = _window;
        uint first = sink.FirstKind;
        uint second = sink.SecondKind;
        ulong oneFirst = DescriptorChain.One(first);
        ulong place = DescriptorChain.Place(slots: 1, sink.SegmentCount);
        ref DescriptorChain chain = ref sink.NextChain;
        ref IoVector segment = ref sink.NextSegment;
        ref IoVector segmentsEnd = ref sink.SegmentsEnd;
        for (; got != end; got++)
        {
            nuint head = Volatile.Read(ref ring[got & mask]);
            if (head > mask || !Unsafe.IsAddressLessThan(ref segment, ref segmentsEnd))
            {
                break;
            }

            ulong address = GuestReads.Address(table + head);
            nuint length = GuestReads.Length(table + head);
            uint flags = GuestReads.FlagsAndNext(table + head);
            uint kind = first;
            if ((flags & ChainSink.KindMask) != kind || !window.TryTranslate(address, length, out nint host))
            {
                break;
            }

            segment = new IoVector(host, length);
            ref IoVector next = ref Unsafe.Add(ref segment, 1);
            ulong one = oneFirst;
            ulong counts = one;
            ulong bytes = length;
            while ((flags & (uint)DescriptorFlags.Next) != 0)
            {
                nuint index = flags >> 16;
                if (index > mask || !Unsafe.IsAddressLessThan(ref next, ref segmentsEnd))
                {
                    goto unusual;
                }

                address = GuestReads.Address(table + index);
                length = GuestReads.Length(table + index);
                flags = GuestReads.FlagsAndNext(table + index);
                if ((flags & ChainSink.KindMask) != kind)
                {
                    kind = flags & ChainSink.KindMask;
                    one = DescriptorChain.One(kind);
                    if (kind != second)
                    {
                        goto unusual;
                    }
                }

                if (!window.TryTranslate(address, length, out host))
                {
                    goto unusual;
                }

                next = new IoVector(host, length);
                next = ref Unsafe.Add(ref next, 1);
                bytes += length;
                counts += one;
            }

            uint segments = DescriptorChain.SegmentsIn(counts);
            if (bytes > uint.MaxValue || segments > (uint)mask + 1)
            {
                break;
            }

            chain = new DescriptorChain(place | head, counts, bytes);
            chain = ref Unsafe.Add(ref chain, 1);
            place += segments * DescriptorChain.OneSegment;
            segment = ref next;
        }

    unusual:
        return Took(ref sink, (ushort)got, place);
    }

    /// <summary>Takes chains as long as they are indirect tables, and those are as usual. The first that is not is left to <see cref="TakeSlow"/>.</summary>
    /// <returns>Chains taken.</returns>
    private uint TakeTables(ref ChainSink sink, uint count)
    {
        for (uint taken = 0; taken < count; taken++)
        {
            // SAFETY: as in TakeSingles.
            nuint head = Volatile.Read(ref _areas.AvailableRing[_at.Got & _mask]);
            VirtqDescriptor* descriptor = _areas.Descriptors + (head & _mask);
            ulong address = GuestReads.Address(descriptor);
            nuint length = GuestReads.Length(descriptor);
            uint flags = GuestReads.FlagsAndNext(descriptor);
            ulong place = DescriptorChain.Place(slots: 1, 0) | head;
            if (head > _mask || (flags & (uint)(DescriptorFlags.Indirect | DescriptorFlags.Next)) != (uint)DescriptorFlags.Indirect
                || !_indirect.TryTake<Without>(address, length, place, ref sink, _window))
            {
                return taken;
            }

            _at.Got++;
        }

        return count;
    }

    private uint Took(ref ChainSink sink, ushort got, ulong place)
    {
        uint taken = (ushort)(got - _at.Got);
        _at.Got = got;
        sink.ChainCount += (int)taken;
        sink.SegmentCount = (int)(place >> 32);
        return taken;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private VirtqueueError TakeSlow(ref ChainSink sink)
    {
        // SAFETY: masked with size - 1, so inside the available ring.
        ushort head = Volatile.Read(ref _areas.AvailableRing[_at.Got & _mask]);
        sink.Open();
        VirtqueueError error = Walk(head, ref sink);
        error = error == VirtqueueError.None ? sink.Close(head, 1) : error;
        _at.Got += error == VirtqueueError.None ? (ushort)1 : (ushort)0;
        return error;
    }

    private VirtqueueError Walk(uint head, ref ChainSink sink)
    {
        if (head > _mask)
        {
            return VirtqueueError.HeadOutOfRange;
        }

        uint index = head;
        for (int left = Size; left > 0; left--)
        {
            // SAFETY: index <= mask was checked, so inside the descriptor area.
            VirtqDescriptor descriptor = GuestReads.Descriptor(_areas.Descriptors + index);
            if ((descriptor.Flags & DescriptorFlags.Indirect) != 0)
            {
                return WalkIndirect(descriptor, ref sink);
            }

            VirtqueueError error = sink.Append(
                descriptor.Address, descriptor.Length, (descriptor.Flags & DescriptorFlags.Write) != 0, _memory, ref _window);
            if (error != VirtqueueError.None || (descriptor.Flags & DescriptorFlags.Next) == 0)
            {
                return error;
            }

            index = descriptor.Next;
            if (index > _mask)
            {
                return VirtqueueError.NextOutOfRange;
            }
        }

        return VirtqueueError.ChainTooLong;
    }

    /// <summary>A table ends its chain; direct descriptors may stand before it (virtio 1.2, 2.7.5.3.2).</summary>
    private VirtqueueError WalkIndirect(in VirtqDescriptor descriptor, ref ChainSink sink)
    {
        if (!_indirectAllowed || (descriptor.Flags & DescriptorFlags.Next) != 0)
        {
            return VirtqueueError.IndirectNotAllowed;
        }

        VirtqueueError error = _indirect.Walk(descriptor.Address, descriptor.Length, sequential: false, ref sink, _memory, ref _window);
        sink.IndirectChains += error == VirtqueueError.None ? 1 : 0;
        return error;
    }

    /// <summary>Lets the element kept back stand for this chain too, if the driver loses nothing by it; the driver takes skipped chains for used completely.</summary>
    private void CompleteInOrder(in DescriptorChain chain, ushort place)
    {
        if (!_at.HasRun || !_at.RunMayGrow)
        {
            EndRun();
            _at.RunStart = place;
            _at.HasRun = true;
        }

        _at.RunMayGrow = chain.IsReadOnly;
        _at.RunElement = chain.UsedElement;
    }

    private void EndRun()
    {
        if (_at.HasRun)
        {
            // SAFETY: masked, so inside the used ring.
            Unsafe.WriteUnaligned(_areas.UsedRing + (_at.RunStart & _mask), _at.RunElement);
            _at.HasRun = false;
        }
    }
}
