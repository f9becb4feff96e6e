using System.Buffers.Binary;
using FastRing.Interop;

namespace FastRing.VhostUser.Backend;

/// <summary>One request on its way through its handler: what came, and what goes back.</summary>
internal ref struct Message(ReadOnlySpan<byte> payload, ReceivedFds fds, Span<byte> reply)
{
    private readonly Span<byte> _reply = reply;

    /// <summary>The payload; its size is one the table allows.</summary>
    public readonly ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>The descriptors; as many as the table allows. Those a handler does not take are closed behind it.</summary>
    public readonly ReceivedFds Fds { get; } = fds;

    /// <summary>The payload as one number.</summary>
    public readonly ulong Number => BinaryPrimitives.ReadUInt64LittleEndian(Payload);

    /// <summary>Bytes of the reply's payload.</summary>
    public int ReplyBytes { get; private set; }

    /// <summary>Goes with the reply, and is closed then.</summary>
    public OwnedFd? ReplyFd { get; set; }

    /// <summary>Answers with <paramref name="bytes"/> bytes, to be written into the result.</summary>
    public Span<byte> BeginReply(int bytes)
    {
        ReplyBytes = bytes;
        return _reply[..bytes];
    }

    /// <summary>Answers with one number.</summary>
    public Outcome Reply(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(BeginReply(sizeof(ulong)), value);
        return Outcome.Replied;
    }
}
