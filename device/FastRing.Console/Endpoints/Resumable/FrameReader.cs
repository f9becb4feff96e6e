using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>Reads a client's frames. Bytes of its stream go where they wait for the guest, with the next header in the same call; everything else is small, and is gathered here.</summary>
internal sealed class FrameReader(OwnedFd socket)
{
    private readonly PrivateBytes _small = new(FrameHeader.Bytes + HelloFrame.Bytes);
    private readonly IoVector[] _vectors = new IoVector[3];
    private uint _dataLeft;
    private int _have;
    private int _wanted = FrameHeader.Bytes;

    /// <summary>Nothing more can be read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>What is wrong with what was sent; null: nothing.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Reads once.</summary>
    /// <param name="inbound">Where data goes.</param>
    /// <returns>False: there is nothing now, or nothing any more.</returns>
    public bool Fill(InboundBytes inbound)
    {
        int count = _dataLeft > 0 ? inbound.Free(_dataLeft, _vectors) : 0;
        _vectors[count++] = _small.Vector.Slice((nuint)_have, (nuint)(_wanted - _have));
        nint read = socket.ReadVector(_vectors.AsSpan(0, count));
        if (read <= 0)
        {
            HasEnded = read != -Errno.EAGAIN;
            return false;
        }

        uint data = (uint)Math.Min(read, _dataLeft);
        inbound.Added(data);
        _dataLeft -= data;
        _have += (int)(read - data);
        return true;
    }

    /// <summary>The next frame, if it is there. Data follows its header, with the next calls of <see cref="Fill"/>: whoever does not want it reads no more.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="payload">What is behind it, but for data.</param>
    public bool TryNext(out FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (_have < FrameHeader.Bytes || Wrong is not null)
        {
            return false;
        }

        Wrong = FrameHeader.TryRead(_small.Span, out header) ? header.WhyWrong : "bytes of a frame's header are not zero";
        bool isData = header.Kind == FrameKind.Data;
        _wanted = FrameHeader.Bytes + (Wrong is null && !isData ? (int)header.Length : 0);
        if (Wrong is not null || _have < _wanted)
        {
            return false;
        }

        _dataLeft = isData ? header.Length : 0;
        payload = _small.Span[FrameHeader.Bytes.._wanted];
        _have = 0;
        _wanted = FrameHeader.Bytes;
        return true;
    }
}
