using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <content>Taking chains: two or three fast loops, and the slow path that names errors.</content>
internal unsafe partial struct PackedRing<TEventIndex, TInOrder, TMemory>
{
    /// <summary>
    /// Takes chains as long as they are what most are: one descriptor, of the kind that is recorded, not empty, in the region of the last, before
    /// the end of the ring. The first that is not is left to <see cref="TakeChains"/>, as if nobody had looked at it.
    /// </summary>
    /// <returns>True when there was one.</returns>
    private bool TakeSingles(ref ChainSink sink)
    {
        // SAFETY: no further than the end of the ring; 16 mapped bytes on a 16-byte boundary. Each field is read once. The sink has
        // room for as many chains and segments.
        uint index = _at.Got.Index;
        uint count = Math.Min(Math.Min((uint)sink.ChainRoom, sink.SegmentRoom), Math.Min(_size - index, _size - _at.Taken));
        VirtqDescriptor* descriptor = (VirtqDescriptor*)_areas.Descriptors + index;
        VirtqDescriptor* end = descriptor + count;
        nuint size = _size;
        RegionWindow window = _window;
        uint flags = (sink.FirstKind | _at.Got.AvailableFlags) << FlagsShift;
        ulong one = DescriptorChain.One(sink.FirstKind);
        ulong place = DescriptorChain.Place(slots: 1, sink.SegmentCount);
        ref DescriptorChain chain = ref sink.NextChain;
        ref IoVector segment = ref sink.NextSegment;
        for (; descriptor != end; descriptor++)
        {
            // Acquire: pairs with the driver's release of these flags.
            uint idAndFlags = GuestReads.IdAndFlags(descriptor);
            ulong address = GuestReads.Address(descriptor);
            nuint length = GuestReads.Length(descriptor);
            nuint id = (ushort)idAndFlags;
            if ((idAndFlags & (AvailableAndUsedAbove | KindMaskAbove | NextAbove)) != flags || id >= size
                || !window.TryTranslate(address, length, out nint host))
            {
                break;
            }

            segment = new IoVector(host, length);
            segment = ref Unsafe.Add(ref segment, 1);
            chain = new DescriptorChain(place | id, one, length);
            chain = ref Unsafe.Add(ref chain, 1);
            place += DescriptorChain.OneSegment;
        }

        uint taken = count - (uint)(end - descriptor);
        Took(ref sink, taken, taken, place);
        return taken != 0;
    }

    /// <summary>
    /// Takes chains as long as they are what nearly all are: readable buffers before writable ones, all of them recorded, none
    /// empty, each in the region of the last. The first that is not is left to <see cref="TakeSlow"/>, as if nobody had looked at it.
    /// </summary>
    private void TakeChains(ref ChainSink sink)
    {
        // SAFETY: index < size is kept, so inside the descriptor ring; 16 mapped bytes on a 16-byte boundary. Each field is read once.
        // Chains and segments are compared with their arrays' ends.
        VirtqDescriptor* ring = (VirtqDescriptor*)_areas.Descriptors;
        nuint size = _size;
        nuint index = _at.Got.Index;
        uint available = _at.Got.AvailableFlags << FlagsShift;
        uint room = _size - _at.Taken;
        uint left = (uint)sink.ChainRoom;
        RegionWindow window = _window;
        uint first = sink.FirstKind << FlagsShift;
        uint second = sink.SecondKind << FlagsShift;
        ulong oneFirst = DescriptorChain.One(first);
        ulong place = DescriptorChain.Place(slots: 0, sink.SegmentCount);
        ref DescriptorChain chain = ref sink.NextChain;
        ref IoVector segment = ref sink.NextSegment;
        ref IoVector segmentsEnd = ref sink.SegmentsEnd;
        for (; left > 0; left--)
        {
            // Acquire: pairs with the driver's release of the first descriptor's flags. The others must be available by then.
            uint flags = GuestReads.IdAndFlags(ring + index);
            ulong address = GuestReads.Address(ring + index);
            nuint length = GuestReads.Length(ring + index);
            uint kind = first;
            if ((flags & (AvailableAndUsedAbove | KindMaskAbove)) != (available | kind)
                || !Unsafe.IsAddressLessThan(ref segment, ref segmentsEnd) || !window.TryTranslate(address, length, out nint host))
            {
                break;
            }

            segment = new IoVector(host, length);
            ref IoVector next = ref Unsafe.Add(ref segment, 1);
            ulong one = oneFirst;
            ulong counts = one;
            ulong bytes = length;
            Step(ref index, size, ref available);
            while ((flags & NextAbove) != 0)
            {
                flags = GuestReads.IdAndFlags(ring + index);
                if ((flags & (AvailableAndUsedAbove | KindMaskAbove)) != (available | kind))
                {
                    if ((flags & (AvailableAndUsedAbove | KindMaskAbove)) != (available | second))
                    {
                        goto unusual;
                    }

                    kind = second;
                    one = DescriptorChain.OneWritable;
                }

                address = GuestReads.Address(ring + index);
                length = GuestReads.Length(ring + index);
                if (!Unsafe.IsAddressLessThan(ref next, ref segmentsEnd) || !window.TryTranslate(address, length, out host))
                {
                    goto unusual;
                }

                next = new IoVector(host, length);
                next = ref Unsafe.Add(ref next, 1);
                bytes += length;
                counts += one;
                Step(ref index, size, ref available);
            }

            uint slots = (uint)DescriptorChain.SegmentsIn(counts);
            uint id = (ushort)flags;
            if (id >= size || bytes > uint.MaxValue || slots > room)
            {
                break;
            }

            chain = new DescriptorChain(place | (slots << 16) | id, counts, bytes);
            chain = ref Unsafe.Add(ref chain, 1);
            place += slots * DescriptorChain.OneSegment;
            room -= slots;
            segment = ref next;
        }

    unusual:
        Took(ref sink, (uint)sink.ChainRoom - left, _size - _at.Taken - room, place);
    }

    /// <summary>Takes chains as long as they are indirect tables, and those are as usual. The first that is not is left to <see cref="TakeSlow"/>.</summary>
    private void TakeTables(ref ChainSink sink)
    {
        const uint Mask = AvailableAndUsedAbove | NextAbove | ((uint)DescriptorFlags.Indirect << FlagsShift);
        while (sink.ChainRoom > 0 && _at.Taken < _size)
        {
            // SAFETY: a position's index is below the size.
            VirtqDescriptor* descriptor = (VirtqDescriptor*)_areas.Descriptors + _at.Got.Index;

            // Acquire: pairs with the driver's release of these flags.
            uint flags = GuestReads.IdAndFlags(descriptor);
            ulong address = GuestReads.Address(descriptor);
            nuint length = GuestReads.Length(descriptor);
            ulong place = DescriptorChain.Place(slots: 1, 0) | (ushort)flags;
            if ((flags & Mask) != ((_at.Got.AvailableFlags | (uint)DescriptorFlags.Indirect) << FlagsShift) || (ushort)flags >= _size
                || !_indirect.TryTake<With>(address, length, place, ref sink, _window))
            {
                return;
            }

            _at.Taken++;
            _at.Got = _at.Got.Plus(1, _size);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ref nuint index, nuint size, ref uint available)
    {
        index++;
        if (index == size)
        {
            index = 0;
            available ^= AvailableAndUsedAbove;
        }
    }

    private void Took(ref ChainSink sink, uint chains, uint slots, ulong place)
    {
        sink.ChainCount += (int)chains;
        sink.SegmentCount = (int)(place >> 32);
        _at.Taken += slots;
        _at.Got = _at.Got.Plus(slots, _size);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private VirtqueueError TakeSlow(ref ChainSink sink)
    {
        if (_at.Taken >= _size)
        {
            return VirtqueueError.RingOverrun;
        }

        sink.Open();
        _memory.BeginChain();
        VirtqueueError error = Walk(ref sink, out ushort id, out uint slots);
        if (error == VirtqueueError.None)
        {
            error = id >= _size ? VirtqueueError.BufferIdOutOfRange : sink.Close(id, (ushort)slots);
        }

        if (error == VirtqueueError.None)
        {
            _memory.Hold(id);
            _at.Taken += slots;
            _at.Got = _at.Got.Plus(slots, _size);
        }

        return error;
    }

    private VirtqueueError Walk(ref ChainSink sink, out ushort id, out uint slots)
    {
        PackedPosition position = _at.Got;
        id = 0;
        for (slots = 1; slots <= _size; slots++)
        {
            // SAFETY: a position's index is below the size. Each word is read once.
            ulong rest = Volatile.Read(ref _areas.Descriptors[(2 * (nuint)position.Index) + 1]);
            ulong address = Volatile.Read(ref _areas.Descriptors[2 * (nuint)position.Index]);
            var flags = (DescriptorFlags)(rest >> 48);
            if (((uint)flags & AvailableAndUsed) != position.AvailableFlags)
            {
                return VirtqueueError.ChainNotAvailable;
            }

            if (slots > _size - _at.Taken)
            {
                return VirtqueueError.RingOverrun;
            }

            id = (ushort)(rest >> 32);
            VirtqueueError error = (flags & DescriptorFlags.Indirect) != 0
                ? WalkIndirect(address, (uint)rest, isAlone: slots == 1 && (flags & DescriptorFlags.Next) == 0, ref sink)
                : sink.Append(address, (uint)rest, (flags & DescriptorFlags.Write) != 0, _memory, ref _window);
            if (error != VirtqueueError.None || (flags & DescriptorFlags.Next) == 0)
            {
                return error;
            }

            position = position.Plus(1, _size);
        }

        return VirtqueueError.ChainTooLong;
    }

    /// <summary>A table is a chain by itself (virtio 1.2, 2.8.7).</summary>
    private VirtqueueError WalkIndirect(ulong address, uint length, bool isAlone, ref ChainSink sink)
    {
        if (!_indirectAllowed || !isAlone)
        {
            return VirtqueueError.IndirectNotAllowed;
        }

        VirtqueueError error = _indirect.Walk(address, length, sequential: true, ref sink, _memory, ref _window);
        sink.IndirectChains += error == VirtqueueError.None ? 1 : 0;
        return error;
    }
}
