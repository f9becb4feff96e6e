using FastRing.Interop;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>The guest's segments that a reader was offered and has not taken, oldest first.</summary>
internal sealed class OfferedSegments
{
    private readonly List<ByteSegment> _segments = []; // used again and again
    private int _first;
    private int _end;

    /// <summary>Bytes in them.</summary>
    public long Bytes { get; private set; }

    public ByteSegment? Last => _first < _end ? _segments[_end - 1] : null;

    public void Add(IoVector segment)
    {
        if (_end == _segments.Count)
        {
            _segments.Add(new ByteSegment());
        }

        ByteSegment last = _segments[_end++];
        last.Name(segment);
        Bytes += last.Length;
    }

    /// <summary>Makes them a list that begins at this place of a sequence.</summary>
    /// <returns>The first; null: there is none.</returns>
    public ByteSegment? Link(long runningIndex)
    {
        ByteSegment? next = null;
        long at = runningIndex + Bytes;
        for (int i = _end - 1; i >= _first; i--)
        {
            at -= _segments[i].Length;
            _segments[i].StandAt(at, next);
            next = _segments[i];
        }

        return next;
    }

    /// <summary>The first bytes are taken.</summary>
    public void Skip(long bytes)
    {
        Bytes -= bytes;
        while (bytes > 0)
        {
            ByteSegment segment = _segments[_first];
            if (bytes < segment.Length)
            {
                segment.Skip((int)bytes);
                return;
            }

            bytes -= segment.Length;
            segment.Forget();
            _first++;
        }

        if (Bytes == 0)
        {
            _first = _end = 0;
        }
    }

    /// <summary>Copies take the place of guest memory that is about to go.</summary>
    public void CopyOut()
    {
        for (int i = _first; i < _end; i++)
        {
            _segments[i].CopyOut();
        }
    }

    /// <summary>Adds what is behind the first bytes to a queue.</summary>
    public void CopyTo(ByteQueue queue, long skip)
    {
        for (int i = _first; i < _end; i++)
        {
            ReadOnlySpan<byte> bytes = _segments[i].Memory.Span;
            int skipped = (int)Math.Min(skip, bytes.Length);
            skip -= skipped;
            queue.Append(bytes[skipped..]);
        }
    }

    public void Forget()
    {
        for (int i = _first; i < _end; i++)
        {
            _segments[i].Forget();
        }

        _first = _end = 0;
        Bytes = 0;
    }
}
