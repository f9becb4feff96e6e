using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>Writes frames to a client: what is small from memory of its own, data from the guest's buffers.</summary>
internal sealed class FrameWriter(OwnedFd socket)
{
    private const int MostVectors = 256;
    private readonly PrivateBytes _small = new(256);
    private readonly IoVector[] _vectors = new IoVector[MostVectors];
    private int _start;
    private int _end;

    /// <summary>Bytes of the frame in hand that are still the guest's to have.</summary>
    public uint DataLeft { get; private set; }

    /// <summary>Everything begun is with the kernel.</summary>
    public bool IsBetweenFrames => _start == _end && DataLeft == 0;

    /// <summary>The socket took what it was last given.</summary>
    public bool MayWrite { get; set; } = true;

    /// <summary>Nobody reads any more.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Says which session it is. Between frames.</summary>
    public void Begin(ulong position, in SessionFrame session)
    {
        Begin(new FrameHeader(FrameKind.Session, SessionFrame.Bytes, position));
        session.Write(_small.Span[_end..]);
        _end += SessionFrame.Bytes;
    }

    /// <summary>Begins a frame. Between frames, or behind one without data.</summary>
    public void Begin(in FrameHeader header)
    {
        header.Write(_small.Span[_end..]);
        _end += FrameHeader.Bytes;
        DataLeft = header.Kind == FrameKind.Data ? header.Length : 0;
    }

    /// <summary>Writes until all is written, the socket takes no more, or the guest's buffers are not there.</summary>
    /// <param name="view">The guest's buffers.</param>
    /// <param name="skip">Bytes of them before those that are next.</param>
    /// <returns>Bytes of them that were written.</returns>
    public ulong Flush(GuestView view, ulong skip)
    {
        ulong written = 0;
        while (MayWrite && !IsBetweenFrames && Gather(view, skip + written) is int count and > 0)
        {
            nint done = socket.WriteVector(_vectors.AsSpan(0, count));
            if (done < 0)
            {
                Refused(done);
                break;
            }

            written += Wrote(done);
        }

        return written;
    }

    private int Gather(GuestView view, ulong skip)
    {
        int count = _start < _end ? 1 : 0;
        _vectors[0] = _small.Vector.Slice((nuint)_start, (nuint)(_end - _start));
        return count + view.Gather(skip, DataLeft, _vectors.AsSpan(count));
    }

    /// <returns>Bytes of the guest's.</returns>
    private uint Wrote(nint done)
    {
        int small = (int)Math.Min(done, _end - _start);
        _start += small;
        if (_start == _end)
        {
            _start = _end = 0;
        }

        uint data = (uint)(done - small);
        DataLeft -= data;
        return data;
    }

    private void Refused(nint error)
    {
        // EFAULT: the guest's memory is gone; nothing is wrong at this end.
        MayWrite = error != -Errno.EAGAIN;
        HasFailed = MayWrite && error != -Errno.EFAULT;
    }
}
