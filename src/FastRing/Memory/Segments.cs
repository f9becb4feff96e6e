using System.Runtime.Intrinsics.X86;
using FastRing.Interop;

namespace FastRing.Memory;

/// <summary>Copies between the segments of a chain and private memory, for what is not handed to readv and writev.</summary>
public static class Segments
{
    private const int CacheLineBytes = 64;

    /// <summary>Gathers from the front of <paramref name="from"/> until either is exhausted.</summary>
    /// <returns>Bytes copied.</returns>
    public static int CopyTo(ReadOnlySpan<IoVector> from, Span<byte> to)
    {
        int copied = 0;
        foreach (IoVector segment in from)
        {
            int length = (int)Math.Min(segment.Length, (nuint)(to.Length - copied));
            if (length == 0)
            {
                break;
            }

            segment.Slice(0, (nuint)length).Span.CopyTo(to[copied..]);
            copied += length;
        }

        return copied;
    }

    /// <summary>Scatters <paramref name="from"/> over the front of <paramref name="to"/> until either is exhausted.</summary>
    /// <returns>Bytes copied.</returns>
    public static int CopyFrom(ReadOnlySpan<byte> from, ReadOnlySpan<IoVector> to)
    {
        int copied = 0;
        foreach (IoVector segment in to)
        {
            int length = (int)Math.Min(segment.Length, (nuint)(from.Length - copied));
            if (length == 0)
            {
                break;
            }

            from.Slice(copied, length).CopyTo(segment.Slice(0, (nuint)length).Span);
            copied += length;
        }

        return copied;
    }

    /// <summary>The segments from the front that hold at least <paramref name="bytes"/>, or all; never cuts a segment.</summary>
    public static ReadOnlySpan<IoVector> Front(ReadOnlySpan<IoVector> segments, long bytes)
    {
        int count = 0;
        while (count < segments.Length && bytes > 0)
        {
            bytes -= (long)segments[count++].Length;
        }

        return segments[..count];
    }

    /// <summary>
    /// Asks the processor for the first two cache lines of each segment, so that they are on their way together before the first is touched. Worth it for
    /// small buffers that another processor has just written; a hint, nothing else, and nothing where the processor has no such instruction.
    /// </summary>
    public static unsafe void Prefetch(ReadOnlySpan<IoVector> segments)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        foreach (ref readonly IoVector segment in segments)
        {
            // SAFETY: a prefetch never faults, wherever it points.
            Sse.Prefetch0((void*)segment.Address);
            Sse.Prefetch0((void*)(segment.Address + CacheLineBytes));
        }
    }
}
