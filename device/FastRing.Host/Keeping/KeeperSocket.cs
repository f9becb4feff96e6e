using System.Buffers.Binary;
using System.Text;
using FastRing.Interop;

namespace FastRing.Host.Keeping;

/// <summary>A keeper's or a worker's end of the line between them: a word, a text, and up to one descriptor.</summary>
/// <param name="socket">A connected socket; becomes this one's. Blocking or not.</param>
internal sealed class KeeperSocket(OwnedFd socket) : IDisposable
{
    public const int MaxTextBytes = 4096;
    private const int HeadBytes = 2 * sizeof(uint);

    private readonly byte[] _bytes = new byte[HeadBytes + MaxTextBytes];
    private readonly ReceivedFds _fds = new();
    private int _have;

    public OwnedFd Fd => socket;

    /// <summary>Says something.</summary>
    /// <exception cref="IOException">The other end is gone, or does not read.</exception>
    public void Say(KeeperWord word, string text = "", params ReadOnlySpan<OwnedFd> fds)
    {
        byte[] bytes = new byte[HeadBytes + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)word);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(sizeof(uint)), (uint)(bytes.Length - HeadBytes));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(HeadBytes));
        if (ScmRights.Send(socket, bytes, fds) != bytes.Length)
        {
            throw new IOException("the other process is gone, or does not read");
        }
    }

    /// <summary>The next message; null: none is there yet.</summary>
    /// <exception cref="EndOfStreamException">The other end is gone.</exception>
    /// <exception cref="InvalidDataException">It says what nobody says.</exception>
    public KeeperMessage? Hear()
    {
        // Never beyond one message, or its descriptor would be the next one's.
        while (Need() is var need && _have < need)
        {
            nint read = ScmRights.Receive(socket, _bytes.AsSpan(_have, need - _have), _fds);
            if (read <= 0)
            {
                return read == -Errno.EAGAIN ? null : throw new EndOfStreamException();
            }

            _have += (int)read;
        }

        if (_fds.Truncated || _fds.Count > 1)
        {
            throw new InvalidDataException("more descriptors than a message has");
        }

        var message = new KeeperMessage((KeeperWord)Head(0), Encoding.UTF8.GetString(_bytes.AsSpan(HeadBytes, _have - HeadBytes)), _fds.Count == 1 ? _fds.Take(0) : null);
        _fds.CloseAll();
        _have = 0;
        return message;
    }

    public void Dispose()
    {
        _fds.Dispose();
        socket.Dispose();
    }

    private uint Head(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));

    private int Need()
    {
        if (_have < HeadBytes)
        {
            return HeadBytes;
        }

        uint length = Head(sizeof(uint));
        return length <= MaxTextBytes ? HeadBytes + (int)length : throw new InvalidDataException("a message that is too long");
    }
}
