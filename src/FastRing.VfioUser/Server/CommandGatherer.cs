using FastRing.Interop;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;

namespace FastRing.VfioUser.Server;

/// <summary>Puts messages together from a stream socket without ever reading beyond one: reading on would mix up whose descriptors are whose.</summary>
internal sealed class CommandGatherer : IDisposable
{
    private readonly byte[] _bytes = new byte[VfioUserHeader.Bytes + VfioUserHeader.MaxPayloadBytes];
    private int _have;
    private int _need = VfioUserHeader.Bytes;

    /// <summary>The header, once it is there.</summary>
    public VfioUserHeader Header { get; private set; }

    /// <summary>The payload of a whole message.</summary>
    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(VfioUserHeader.Bytes, (int)Header.SizeBytes - VfioUserHeader.Bytes);

    /// <summary>The descriptors that came along.</summary>
    public ReceivedFds Fds { get; } = new();

    /// <summary>Why the header was rejected.</summary>
    public RejectionReason Rejection { get; private set; }

    /// <summary>True when a message has begun and is not whole yet.</summary>
    public bool IsPartial => _have > 0 && _have < _need;

    /// <summary>Reads until a message is whole or the socket has no more.</summary>
    public GatherResult Gather(OwnedFd socket)
    {
        while (_have < _need)
        {
            nint read = ScmRights.Receive(socket, _bytes.AsSpan(_have, _need - _have), Fds, waits: false);
            if (read <= 0)
            {
                return read == -Errno.EAGAIN ? GatherResult.Pending : GatherResult.Ended;
            }

            _have += (int)read;
            if (_have == VfioUserHeader.Bytes && !TakeHeader())
            {
                return GatherResult.Rejected;
            }
        }

        return GatherResult.Message;
    }

    /// <summary>Makes ready for the next message and closes the descriptors nobody took.</summary>
    public void Next()
    {
        Fds.CloseAll();
        Header = default;
        _have = 0;
        _need = VfioUserHeader.Bytes;
    }

    public void Dispose() => Fds.Dispose();

    private bool TakeHeader()
    {
        VfioUserHeader header = VfioUserHeader.Read(_bytes);
        bool hasSize = header.SizeBytes is >= VfioUserHeader.Bytes and <= VfioUserHeader.Bytes + VfioUserHeader.MaxPayloadBytes;
        if (!header.IsCommand || !hasSize)
        {
            Rejection = header.IsCommand ? RejectionReason.PayloadSize : RejectionReason.Header; // Nothing was asked, so nothing is answered.
            return false;
        }

        Header = header;
        _need = (int)header.SizeBytes;
        return true;
    }
}
