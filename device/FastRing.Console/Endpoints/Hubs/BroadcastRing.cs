using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Endpoints.Hubs;

/// <summary>
/// The last bytes of a stream, in a circle of private memory. Every byte has a position, counted from the beginning of the stream; readers are positions,
/// and cost nothing here. One thread writes, the same hands out what is in it, and any other may take a copy.
/// </summary>
/// <param name="capacity">Bytes it holds.</param>
internal sealed class BroadcastRing(int capacity)
{
    /// <summary>The most pieces that consecutive bytes lie in.</summary>
    public const int MostPieces = 2;

    private const int Attempts = 8;

    private readonly PrivateBytes _bytes = new(capacity);
    private long _end;
    private long _announced; // Where the end is about to be: what that overwrites is no more to be relied upon.

    /// <summary>Bytes it holds.</summary>
    public int Capacity => capacity;

    /// <summary>Position behind the last byte.</summary>
    public long End => _end;

    /// <summary>Position of the oldest byte it still has.</summary>
    public long Start => Math.Max(0, _end - capacity);

    /// <summary>Appends the segments, or the front of them.</summary>
    /// <param name="segments">Guest memory; each byte is read once.</param>
    /// <param name="most">Bytes at the most.</param>
    /// <returns>Bytes appended.</returns>
    public long Append(ReadOnlySpan<IoVector> segments, long most)
    {
        long count = Math.Min(most, BytesOf(segments));

        // Pairs with the fence in Snapshot: whoever copied a byte that is overwritten here finds that announced.
        Volatile.Write(ref _announced, _end + count);
        Interlocked.MemoryBarrier();
        long end = _end;
        long left = count;
        for (int i = 0; left > 0; i++)
        {
            IoVector piece = segments[i].Slice(0, Math.Min(segments[i].Length, (nuint)left));
            Put(piece.Span, end);
            end += (long)piece.Length;
            left -= (long)piece.Length;
        }

        Volatile.Write(ref _end, end);
        return count;
    }

    /// <summary>The bytes from a position on, as segments.</summary>
    /// <param name="from">Position of a byte that is there still, or the end.</param>
    /// <param name="most">Bytes at the most.</param>
    /// <param name="pieces">Room for <see cref="MostPieces"/>.</param>
    /// <returns>The pieces.</returns>
    public ReadOnlySpan<IoVector> From(long from, int most, Span<IoVector> pieces)
    {
        var left = (nuint)Math.Min(most, _end - from);
        var at = (nuint)(from % capacity);
        nuint first = Math.Min(left, (nuint)capacity - at);
        pieces[0] = _bytes.Vector.Slice(at, first);
        pieces[1] = _bytes.Vector.Slice(0, left - first);
        return pieces[..(left > first ? 2 : 1)];
    }

    /// <summary>A copy of the last bytes. Any thread.</summary>
    /// <param name="most">Bytes at the most. Fewer, where the writer overwrote some while they were copied.</param>
    public Scrollback Snapshot(int most)
    {
        for (int attempt = 1; ; attempt++)
        {
            long end = Volatile.Read(ref _end);
            long start = end - Math.Min(end, Math.Min(most, capacity));
            byte[] copy = Copy(start, end);
            Interlocked.MemoryBarrier(); // Pairs with the fence in Append.
            long valid = Math.Clamp(Volatile.Read(ref _announced) - capacity, start, end);
            if (valid < end || start == end || attempt == Attempts)
            {
                return new Scrollback(copy.AsMemory((int)(valid - start)), (ulong)valid);
            }
        }
    }

    private static long BytesOf(ReadOnlySpan<IoVector> segments)
    {
        long bytes = 0;
        foreach (IoVector segment in segments)
        {
            bytes += (long)segment.Length;
        }

        return bytes;
    }

    private byte[] Copy(long start, long end)
    {
        byte[] copy = new byte[end - start];
        int at = (int)(start % capacity);
        int first = Math.Min(copy.Length, capacity - at);
        _bytes.Span.Slice(at, first).CopyTo(copy);
        _bytes.Span[..(copy.Length - first)].CopyTo(copy.AsSpan(first));
        return copy;
    }

    private void Put(ReadOnlySpan<byte> bytes, long position)
    {
        int skipped = Math.Max(0, bytes.Length - capacity);
        bytes = bytes[skipped..];
        int at = (int)((position + skipped) % capacity);
        int first = Math.Min(bytes.Length, capacity - at);
        bytes[..first].CopyTo(_bytes.Span[at..]);
        bytes[first..].CopyTo(_bytes.Span);
    }
}
