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

    /// <summary>Adds the buffers of the table at <paramref name="address"/> to the chain being built. All sequential (packed ring, virtio 1.2, 2.8.7), or linked (split).</summary>
    public VirtqueueError Walk(ulong address, uint length, bool sequential, ref ChainSink sink, GuestMemory memory, ref RegionWindow window)
    {
        if (!IsLength(length))
        {
            return VirtqueueError.IndirectTableSize;
        }

        if (length - 1 > ulong.MaxValue - address)
        {
            return VirtqueueError.BufferNotMapped;
        }

        int count = (int)(length / VirtqDescriptor.SizeBytes);
        bool whole = window.TryTranslate(address, length, out nint host) || memory.TryTranslate(new GuestAddress(address), length, out host);
        if (whole && (host & 7) == 0)
        {
            // SAFETY: the table lies in one mapping, whole, on an 8-byte boundary.
            return Walk((VirtqDescriptor*)host, count, sequential, ref sink, memory, ref window);
        }

        return WalkCopy(new GuestAddress(address), length, sequential, ref sink, memory, ref window);
    }

    /// <summary>A table over a border between regions, or on an odd address: gathered first, then walked.</summary>
    private VirtqueueError WalkCopy(
        GuestAddress address, uint length, bool sequential, ref ChainSink sink, GuestMemory memory, ref RegionWindow window)
    {
        _copy ??= GC.AllocateUninitializedArray<byte>(_longest * VirtqDescriptor.SizeBytes, pinned: true);
        for (uint done = 0; done < length;)
        {
            IoVector piece = memory.FirstPiece(new GuestAddress(address.Value + done), length - done);
            if (piece.Length == 0)
            {
                return VirtqueueError.BufferNotMapped;
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

    private static VirtqueueError Walk(
        VirtqDescriptor* table, int count, bool sequential, ref ChainSink sink, GuestMemory memory, ref RegionWindow window)
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
