using System.Buffers.Binary;

namespace FastRing.VhostUser.Protocol;

/// <summary>The 12 bytes before every payload: request, flags, size (vhost-user, "Header"). Little endian, as every host FastRing runs on.</summary>
/// <param name="Request">A <see cref="VhostUserRequest"/>, or a <see cref="BackendRequest"/> on the backend's channel.</param>
/// <param name="Flags">Version and flag bits.</param>
/// <param name="PayloadBytes">Bytes that follow.</param>
public readonly record struct VhostUserHeader(uint Request, uint Flags, uint PayloadBytes)
{
    /// <summary>Bytes of a header.</summary>
    public const int SizeBytes = 12;

    /// <summary>The largest payload either side of FastRing sends or takes, in bytes.</summary>
    public const int MaxPayloadBytes = 4096;

    /// <summary>The protocol's version, in the two lowest flag bits.</summary>
    public const uint Version = 1;

    /// <summary>Set on a reply (bit 2).</summary>
    public const uint ReplyFlag = 1u << 2;

    /// <summary>Set on a request whose sender waits for an acknowledgement (<c>need_reply</c>, bit 3).</summary>
    public const uint NeedReplyFlag = 1u << 3;

    /// <summary>True for a request: version 1, no reply, no bit the specification does not know.</summary>
    public bool IsRequest => (Flags & ~NeedReplyFlag) == Version;

    /// <summary>True for a reply to <paramref name="request"/>.</summary>
    public bool IsReplyTo(VhostUserRequest request) => Request == (uint)request && (Flags & ~NeedReplyFlag) == (Version | ReplyFlag);

    /// <summary>True when the sender waits for an acknowledgement.</summary>
    public bool NeedsReply => (Flags & NeedReplyFlag) != 0;

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="SizeBytes"/> bytes.</param>
    public static VhostUserHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[8..]));

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Request);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], PayloadBytes);
    }
}
