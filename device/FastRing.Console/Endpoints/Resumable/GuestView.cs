using FastRing.Interop;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>The guest's buffers as they were last offered, from the first byte that it was not given back.</summary>
internal sealed class GuestView
{
    private const int MostSegments = 1024;
    private IoVector[] _segments = new IoVector[64];
    private int _first;
    private int _end;

    /// <summary>Bytes in them.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>They are these now, or the front of these, if that is more than there was.</summary>
    /// <param name="segments">From the same byte on.</param>
    public bool TrySet(ReadOnlySpan<IoVector> segments)
    {
        ReadOnlySpan<IoVector> front = segments[..Math.Min(segments.Length, MostSegments)];
        ulong bytes = 0;
        foreach (IoVector segment in front)
        {
            bytes += segment.Length;
        }

        if (bytes <= Bytes)
        {
            return false;
        }

        if (_segments.Length < front.Length)
        {
            _segments = new IoVector[MostSegments];
        }

        front.CopyTo(_segments);
        (_first, _end, Bytes) = (0, front.Length, bytes);
        return true;
    }

    /// <summary>The guest gets the first bytes' buffers back.</summary>
    /// <param name="bytes">How many, no more than there are.</param>
    public void Skip(ulong bytes)
    {
        Bytes -= bytes;
        while (bytes > 0)
        {
            IoVector segment = _segments[_first];
            if (bytes < segment.Length)
            {
                _segments[_first] = segment.Slice((nuint)bytes);
                return;
            }

            bytes -= segment.Length;
            _first++;
        }
    }

    /// <summary>They are not to be touched any more.</summary>
    public void Forget()
    {
        _first = _end = 0;
        Bytes = 0;
    }

    /// <summary>Bytes from a place on, as segments.</summary>
    /// <param name="skip">Bytes before that.</param>
    /// <param name="most">Bytes at the most.</param>
    /// <param name="pieces">Where the segments go, as many as there is room for.</param>
    /// <returns>Segments.</returns>
    public int Gather(ulong skip, ulong most, Span<IoVector> pieces)
    {
        int count = 0;
        for (int i = _first; i < _end && most > 0 && count < pieces.Length; i++)
        {
            IoVector segment = _segments[i];
            if (skip >= segment.Length)
            {
                skip -= segment.Length;
                continue;
            }

            IoVector rest = segment.Slice((nuint)skip);
            pieces[count] = rest.Slice(0, (nuint)Math.Min(rest.Length, most));
            most -= pieces[count++].Length;
            skip = 0;
        }

        return count;
    }
}
