using System.Net.Sockets;

namespace FastRing.Client.Wire;

/// <summary>Reads a connection's frames, many a call.</summary>
internal sealed class FrameInput(Socket socket)
{
    private readonly byte[] _bytes = new byte[FrameHeader.Bytes + FrameHeader.MostData];
    private int _start;
    private int _end;

    /// <summary>The next frame's header.</summary>
    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    public async ValueTask<FrameHeader> ReadHeaderAsync(CancellationToken cancellation)
    {
        await FillAsync(FrameHeader.Bytes, cancellation).ConfigureAwait(false);
        FrameHeader header = FrameHeader.Read(_bytes.AsSpan(_start));
        _start += FrameHeader.Bytes;
        return header.Length is >= 0 and <= FrameHeader.MostData ? header : throw new IOException($"a frame of {header.Length} bytes");
    }

    /// <summary>What is behind a header, in one piece. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadPayloadAsync(int length, CancellationToken cancellation)
    {
        await FillAsync(length, cancellation).ConfigureAwait(false);
        ReadOnlyMemory<byte> payload = _bytes.AsMemory(_start, length);
        _start += length;
        return payload;
    }

    /// <summary>As much of what is behind a header as there is: data counts by the byte, also where the connection ends within a frame. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadSomeAsync(int most, CancellationToken cancellation)
    {
        await FillAsync(1, cancellation).ConfigureAwait(false);
        ReadOnlyMemory<byte> some = _bytes.AsMemory(_start, Math.Min(most, _end - _start));
        _start += some.Length;
        return some;
    }

    private async ValueTask FillAsync(int least, CancellationToken cancellation)
    {
        if (_end - _start < least && _bytes.Length - _start < least)
        {
            _bytes.AsSpan(_start.._end).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < least)
        {
            (_start, _end) = _start == _end ? (0, 0) : (_start, _end);
            int read = await socket.ReceiveAsync(_bytes.AsMemory(_end), SocketFlags.None, cancellation).ConfigureAwait(false);
            _end += read > 0 ? read : throw new EndOfStreamException();
        }
    }
}
