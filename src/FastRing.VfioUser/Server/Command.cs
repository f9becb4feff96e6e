using FastRing.Interop;

namespace FastRing.VfioUser.Server;

/// <summary>One command on its way through its handler: what came, and what goes back.</summary>
internal ref struct Command(ReadOnlySpan<byte> payload, ReceivedFds fds, Span<byte> reply)
{
    private readonly Span<byte> _reply = reply;

    /// <summary>The payload; its size is one the table allows.</summary>
    public readonly ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>The descriptors; as many as the table allows. Those a handler does not take are closed behind it.</summary>
    public readonly ReceivedFds Fds { get; } = fds;

    /// <summary>Bytes of the reply's payload.</summary>
    public int ReplyBytes { get; private set; }

    /// <summary>Answers with <paramref name="bytes"/> bytes, to be written into the result; zeros so far.</summary>
    public Span<byte> BeginReply(int bytes)
    {
        ReplyBytes = bytes;
        _reply[..bytes].Clear();
        return _reply[..bytes];
    }
}
