using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>What one look at the socket brought.</summary>
internal enum GatherResult
{
    /// <summary>A whole message.</summary>
    Message,

    /// <summary>Nothing more for now.</summary>
    Pending,

    /// <summary>The frontend closed its end, or the socket failed.</summary>
    Ended,

    /// <summary>A header that no message may have: see <see cref="MessageGatherer.Rejection"/>.</summary>
    Rejected,
}

/// <summary>
/// Puts messages together from a stream socket without ever reading beyond one: 12 bytes, then as many as they announce.
/// Reading on would mix up whose descriptors are whose.
/// </summary>
/// <param name="whyNot">What a header must be; null: one of a request that the backend knows, or may refuse.</param>
internal sealed class MessageGatherer(Func<VhostUserHeader, RejectionReason?>? whyNot = null) : IDisposable
{
    private readonly Func<VhostUserHeader, RejectionReason?> _whyNot = whyNot ?? WhyNoRequest;
    private readonly byte[] _bytes = new byte[VhostUserHeader.SizeBytes + VhostUserHeader.MaxPayloadBytes];
    private int _have;
    private int _need = VhostUserHeader.SizeBytes;

    /// <summary>The header, once it is there.</summary>
    public VhostUserHeader Header { get; private set; }

    /// <summary>The payload of a whole message.</summary>
    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(VhostUserHeader.SizeBytes, (int)Header.PayloadBytes);

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
            if (_have == VhostUserHeader.SizeBytes && !TakeHeader())
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
        _need = VhostUserHeader.SizeBytes;
    }

    public void Dispose() => Fds.Dispose();

    private bool TakeHeader()
    {
        Header = VhostUserHeader.Read(_bytes);
        if (_whyNot(Header) is { } reason)
        {
            Rejection = reason;
            return false;
        }

        _need += (int)Header.PayloadBytes;
        return true;
    }

    private static RejectionReason? WhyNoRequest(VhostUserHeader header) =>
        !header.IsRequest ? RejectionReason.Header
        : MessageTable.AllowsPayload((VhostUserRequest)header.Request, header.PayloadBytes) ? null
        : RejectionReason.PayloadSize;
}
