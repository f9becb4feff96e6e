using System.Runtime.CompilerServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>Walks the indirect tables of one ring (virtio 1.2, 2.7.5.3 and 2.8.7).</summary>
internal sealed unsafe class IndirectTable
{
    /// <summary>Linux makes tables longer than its ring is; what the spec allows (the ring's size) would refuse them on small rings.</summary>
    private const int LongestOnSmallRings = 1024;

    private readonly int _longest;
    private byte[]? _copy;

    public IndirectTable(ushort ringSize) => _longest = Math.Max(ringSize, (ushort)LongestOnSmallRings);

    /// <summary>Whether a table may have that many bytes.</summary>
    public bool IsLength(uint length) =>
        length != 0 && length % VirtqDescriptor.SizeBytes == 0 && length / VirtqDescriptor.SizeBytes <= _longest;

    /// <summary>
    /// Takes a chain that is a table, if the table is what tables nearly always are: whole in the region of the last buffer, as its buffers are, readable ones
    /// before writable ones, all of them recorded and none empty. On false nothing has happened.
    /// </summary>
    /// <typeparam name="TSequential">Entries follow each other (packed ring); otherwise each names the next.</typeparam>
    /// <param name="address">The table.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="place">The chain's id and slots.</param>
    /// <param name="sink">Where it goes; there is room for a chain.</param>
    /// <param name="window">The region of the last buffer.</param>
    public bool TryTake<TSequential>(ulong address, nuint length, ulong place, ref ChainSink sink, in RegionWindow window)
        where TSequential : struct, IFeature
    {
        if (!IsLength((uint)length) || !window.TryTranslate(address, length, out nint host) || (host & 7) != 0)
        {
            return false;
        }

        // SAFETY: the table lies in one mapping, whole, on an 8-byte boundary; index < count is kept. Segments are compared with the array's end.
        VirtqDescriptor* table = (VirtqDescriptor*)host;
        nuint count = length / VirtqDescriptor.SizeBytes;
        nuint index = 0;
        uint kind = sink.FirstKind;
        ulong one = DescriptorChain.One(kind);
        ulong counts = 0;
        ulong bytes = 0;
        ref IoVector segment = ref sink.NextSegment;
        ref IoVector segmentsEnd = ref sink.SegmentsEnd;
        bool isLast;
        do
        {
            uint flags = TSequential.IsNegotiated ? GuestReads.IdAndFlags(table + index) >> 16 : GuestReads.FlagsAndNext(table + index);
            if ((flags & ChainSink.KindMask) != kind)
            {
                kind = flags & ChainSink.KindMask;
                one = DescriptorChain.One(kind);
                if (kind != sink.SecondKind)
                {
                    return false;
                }
            }

            ulong buffer = GuestReads.Address(table + index);
            nuint bufferLength = GuestReads.Length(table + index);
            if (!Unsafe.IsAddressLessThan(ref segment, ref segmentsEnd) || !window.TryTranslate(buffer, bufferLength, out nint at))
            {
                return false;
            }

            segment = new IoVector(at, bufferLength);
            segment = ref Unsafe.Add(ref segment, 1);
            bytes += bufferLength;
            counts += one;
            isLast = TSequential.IsNegotiated ? index + 1 == count : (flags & (uint)DescriptorFlags.Next) == 0;
            index = TSequential.IsNegotiated ? index + 1 : flags >> 16;
        }
        while (!isLast && index < count);

        uint segments = (uint)DescriptorChain.SegmentsIn(counts);
        if (!isLast || bytes > uint.MaxValue || segments > count)
        {
            return false;
        }

        sink.NextChain = new DescriptorChain(place | ((ulong)sink.SegmentCount << 32), counts, bytes);
        sink.ChainCount++;
        sink.SegmentCount += (int)segments;
        sink.IndirectChains++;
        return true;
    }

    /// <summary>Adds the buffers of the table at <paramref name="address"/> to the chain being built. All sequential (packed ring, virtio 1.2, 2.8.7), or linked (split).</summary>
    public VirtqueueError Walk<TMemory>(ulong address, uint length, bool sequential, ref ChainSink sink, in TMemory memory, ref RegionWindow window)
        where TMemory : struct, IRingMemory
    {
        if (!IsLength(length))
        {
            return VirtqueueError.IndirectTableSize;
        }

        if (length - 1 > ulong.MaxValue - address)
        {
            return VirtqueueError.BufferNotMapped;
        }

        IoVector table = window.TryTranslate(address, length, out nint host) ? new IoVector(host, length) : default;
        VirtqueueError error = table.Length != 0 ? VirtqueueError.None : memory.FirstPiece(address, length, writable: false, ref window, out table);
        if (error != VirtqueueError.None)
        {
            return error;
        }

        if (table.Length == length && (table.Address & 7) == 0)
        {
            // SAFETY: the table lies in one mapping, whole, on an 8-byte boundary.
            return Walk((VirtqDescriptor*)table.Address, (int)(length / VirtqDescriptor.SizeBytes), sequential, ref sink, memory, ref window);
        }

        return WalkCopy(address, length, sequential, ref sink, memory, ref window);
    }

    /// <summary>A table over a border between regions, or on an odd address: gathered first, then walked.</summary>
    private VirtqueueError WalkCopy<TMemory>(
        ulong address, uint length, bool sequential, ref ChainSink sink, in TMemory memory, ref RegionWindow window)
        where TMemory : struct, IRingMemory
    {
        _copy ??= GC.AllocateUninitializedArray<byte>(_longest * VirtqDescriptor.SizeBytes, pinned: true);
        for (uint done = 0; done < length;)
        {
            VirtqueueError error = memory.FirstPiece(address + done, length - done, writable: false, ref window, out IoVector piece);
            if (error != VirtqueueError.None)
            {
                return error;
            }

            piece.Span.CopyTo(_copy.AsSpan((int)done));
            done += (uint)piece.Length;
        }

        fixed (byte* table = _copy)
        {
            // SAFETY: length <= the copy's length; a pinned array's data is 8-byte aligned.
            return Walk((VirtqDescriptor*)table, (int)(length / VirtqDescriptor.SizeBytes), sequential, ref sink, memory, ref window);
        }
    }

    private static VirtqueueError Walk<TMemory>(
        VirtqDescriptor* table, int count, bool sequential, ref ChainSink sink, in TMemory memory, ref RegionWindow window)
        where TMemory : struct, IRingMemory
    {
        int index = 0;
        for (int left = count; left > 0; left--)
        {
            VirtqDescriptor descriptor = sequential ? GuestReads.Entry(table + index) : GuestReads.Descriptor(table + index);
            if ((descriptor.Flags & DescriptorFlags.Indirect) != 0)
            {
                return VirtqueueError.IndirectNotAllowed;
            }

            VirtqueueError error = sink.Append(
                descriptor.Address, descriptor.Length, (descriptor.Flags & DescriptorFlags.Write) != 0, memory, ref window);
            bool isLast = sequential ? left == 1 : (descriptor.Flags & DescriptorFlags.Next) == 0;
            if (error != VirtqueueError.None || isLast)
            {
                return error;
            }

            index = sequential ? index + 1 : descriptor.Next;
            if (index >= count)
            {
                return VirtqueueError.NextOutOfRange;
            }
        }

        return VirtqueueError.ChainTooLong;
    }
}
