using System.Runtime.InteropServices;
using FastRing.Interop;

namespace FastRing.Console.Endpoints.Bridges;

/// <summary>
/// Bytes on their way from one thread to another: one writes, one reads, neither waits. Positions are counted from the beginning. Whoever finds it full, or empty,
/// says so and is told by the other once it is worth to look again: as long as both are at work, nobody is woken.
/// </summary>
/// <param name="capacity">Bytes it holds.</param>
internal sealed class BridgeRing(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];
    private Cursors _cursors;

    /// <summary>Position behind the last byte. Any thread.</summary>
    public long End => Volatile.Read(ref _cursors.End);

    /// <summary>Position of the first byte that was not read. Any thread.</summary>
    public long Start => Volatile.Read(ref _cursors.Start);

    /// <summary>Writes what there is room for; what is left over is waited for. The writer's thread.</summary>
    /// <returns>Bytes taken, from the front.</returns>
    public long Write(ReadOnlySpan<IoVector> segments)
    {
        long end = _cursors.End;
        long limit = Start + capacity;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min((long)segment.Length, limit - end);
            if (length <= 0)
            {
                break;
            }

            Put(segment.Slice(0, (nuint)length).Span, end);
            end += length;
        }

        long taken = end - _cursors.End;
        Volatile.Write(ref _cursors.End, end);
        return taken;
    }

    /// <summary>Reads what there is. The reader's thread.</summary>
    /// <param name="segments">Where it goes.</param>
    /// <param name="limit">Position to stop at.</param>
    /// <returns>Bytes read.</returns>
    public long Read(ReadOnlySpan<IoVector> segments, long limit)
    {
        long start = _cursors.Start;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min((long)segment.Length, limit - start);
            if (length <= 0)
            {
                break;
            }

            Get(segment.Slice(0, (nuint)length).Span, start);
            start += length;
        }

        long read = start - _cursors.Start;
        Volatile.Write(ref _cursors.Start, start);
        return read;
    }

    /// <summary>Throws away what is before a position. The reader's thread.</summary>
    public void SkipTo(long position) => Volatile.Write(ref _cursors.Start, Math.Max(_cursors.Start, position));

    /// <summary>The writer has more, and wants to hear of room.</summary>
    /// <returns>True when there is some already.</returns>
    public bool WaitForRoom()
    {
        Volatile.Write(ref _cursors.WriterWaits, 1);
        Interlocked.MemoryBarrier(); // Pairs with the one in MayWakeWriter.
        return HasRoom && Interlocked.Exchange(ref _cursors.WriterWaits, 0) == 1;
    }

    /// <summary>The reader found nothing, and wants to hear of more.</summary>
    /// <returns>True when there is some already.</returns>
    public bool WaitForBytes()
    {
        Volatile.Write(ref _cursors.ReaderWaits, 1);
        Interlocked.MemoryBarrier(); // Pairs with the one in MayWakeReader.
        return End > _cursors.Start && Interlocked.Exchange(ref _cursors.ReaderWaits, 0) == 1;
    }

    /// <summary>After reading: true, once, when the writer waits and there is room worth its while.</summary>
    public bool MayWakeWriter()
    {
        Interlocked.MemoryBarrier();
        return HasRoom && Volatile.Read(ref _cursors.WriterWaits) == 1 && Interlocked.Exchange(ref _cursors.WriterWaits, 0) == 1;
    }

    /// <summary>After writing: true, once, when the reader waits.</summary>
    public bool MayWakeReader()
    {
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _cursors.ReaderWaits) == 1 && Interlocked.Exchange(ref _cursors.ReaderWaits, 0) == 1;
    }

    private bool HasRoom => capacity - (End - Start) >= capacity / 4;

    private void Put(ReadOnlySpan<byte> bytes, long position)
    {
        int at = (int)(position % capacity);
        int first = Math.Min(bytes.Length, capacity - at);
        bytes[..first].CopyTo(_bytes.AsSpan(at));
        bytes[first..].CopyTo(_bytes);
    }

    private void Get(Span<byte> bytes, long position)
    {
        int at = (int)(position % capacity);
        int first = Math.Min(bytes.Length, capacity - at);
        _bytes.AsSpan(at, first).CopyTo(bytes);
        _bytes.AsSpan(0, bytes.Length - first).CopyTo(bytes[first..]);
    }

    /// <summary>What each side writes lies on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Cursors
    {
        [FieldOffset(64)]
        public long Start;

        [FieldOffset(72)]
        public int ReaderWaits;

        [FieldOffset(192)]
        public long End;

        [FieldOffset(200)]
        public int WriterWaits;
    }
}
