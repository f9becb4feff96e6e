using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <content>Taking chains: two or three fast loops, and the slow path that names errors.</content>
internal unsafe partial struct SplitRing<TEventIndex, TInOrder, TMemory>
{
    /// <summary>
    /// Takes chains as long as they are what most are: one descriptor, of the kind that is recorded, not empty, in the region of the last.
    /// The first that is not is left to <see cref="TakeChains"/>, as if nobody had looked at it.
    /// </summary>
    /// <returns>Chains taken.</returns>
    private uint TakeSingles(ref ChainSink sink, uint count)
    {
        // SAFETY: the caller's count ends where the available ring does; an index that was compared with the mask lies inside the descriptor
        // area, which has 16 mapped bytes for it on a 16-byte boundary. Each field is read once. The sink has room for as many chains and segments.
        VirtqDescriptor* table = _areas.Descriptors;
        nuint mask = _mask;
        ushort* available = _areas.AvailableRing + (_at.Got & mask);
        count = Math.Min(count, sink.SegmentRoom);
        ushort* end = available + count;
        RegionWindow window = _window;
        uint kind = sink.FirstKind;
        ulong one = DescriptorChain.One(kind);
        ulong place = DescriptorChain.Place(slots: 1, sink.SegmentCount);
        ref DescriptorChain chain = ref sink.NextChain;
        ref IoVector segment = ref sink.NextSegment;
        for (; available != end; available++)
        {
            nuint head = Volatile.Read(ref *available);
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

        return Took(ref sink, count - (uint)(end - available), place);
    }

    /// <summary>
    /// Takes chains as long as they are what nearly all are: readable buffers before writable ones, all of them recorded, none empty,
    /// each in the region of the last, in one table. The first that is not is left to <see cref="TakeSlow"/>, as if nobody had looked at it. So is a chain
    /// that bites its tail: it does not fit behind the segments there.
    /// </summary>
    /// <returns>Chains taken.</returns>
    private uint TakeChains(ref ChainSink sink, uint count)
    {
        // SAFETY: as in TakeSingles; segments are compared with the array's end.
        VirtqDescriptor* table = _areas.Descriptors;
        nuint mask = _mask;
        ushort* available = _areas.AvailableRing + (_at.Got & mask);
        ushort* end = available + count;
        RegionWindow window = _window;
        uint first = sink.FirstKind;
        uint second = sink.SecondKind;
        ulong oneFirst = DescriptorChain.One(first);
        ulong place = DescriptorChain.Place(slots: 1, sink.SegmentCount);
        ref DescriptorChain chain = ref sink.NextChain;
        ref IoVector segment = ref sink.NextSegment;
        ref IoVector segmentsEnd = ref sink.SegmentsEnd;
        for (; available != end; available++)
        {
            nuint head = Volatile.Read(ref *available);
            if (head > mask || !Unsafe.IsAddressLessThan(ref segment, ref segmentsEnd))
            {
                break;
            }

            chain.StandAt(place | head); // What is written of a chain that is not taken after all is not counted.
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
            if ((flags & (uint)DescriptorFlags.Next) != 0)
            {
                do
                {
                    nuint index = flags >> 16;
                    if (index > mask || !Unsafe.IsAddressLessThan(ref next, ref segmentsEnd))
                    {
                        goto unusual;
                    }

                    address = GuestReads.Address(table + index);
                    length = GuestReads.Length(table + index);
                    flags = GuestReads.FlagsAndNext(table + index);
                    uint itsKind = flags & ChainSink.KindMask;
                    if (itsKind != kind)
                    {
                        if (itsKind != second)
                        {
                            goto unusual;
                        }

                        kind = itsKind;
                        one = DescriptorChain.OneWritable;
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
                while ((flags & (uint)DescriptorFlags.Next) != 0);
            }

            ulong segments = DescriptorChain.SegmentsIn(counts);
            if (bytes > uint.MaxValue)
            {
                break;
            }

            chain.Hold(counts, bytes);
            chain = ref Unsafe.Add(ref chain, 1);
            place += segments * DescriptorChain.OneSegment;
            segment = ref next;
        }

    unusual:
        return Took(ref sink, count - (uint)(end - available), place);
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

    private uint Took(ref ChainSink sink, uint taken, ulong place)
    {
        _at.Got += (ushort)taken;
        sink.ChainCount += (int)taken;
        sink.SegmentCount = (int)(place >> 32);
        return taken;
    }

    public VirtqueueError TakeAgain(ushort head, ref ChainSink sink)
    {
        if (!TMemory.IsPhysical && _memory.IsWaiting)
        {
            return VirtqueueError.NotTranslated;
        }

        VirtqueueError error = Take(head, ref sink);
        _at.Available = _at.Got; // Never behind the get cursor; the next look is at avail.idx.
        return error;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private VirtqueueError TakeSlow(ref ChainSink sink)
    {
        // SAFETY: masked with size - 1, so inside the available ring.
        return Take(Volatile.Read(ref _areas.AvailableRing[_at.Got & _mask]), ref sink);
    }

    private VirtqueueError Take(ushort head, ref ChainSink sink)
    {
        sink.Open();
        _memory.BeginChain();
        VirtqueueError error = Walk(head, ref sink);
        error = error == VirtqueueError.None ? sink.Close(head, 1) : error;
        if (error == VirtqueueError.None)
        {
            _memory.Hold(head);
            _at.Got++;
        }

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
}
