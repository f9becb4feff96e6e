using System.Buffers.Binary;

namespace FastRing.Client.Wire;

/// <summary>What a client says of itself.</summary>
/// <param name="TakesOver">A session that waits for its client is to end for this one.</param>
/// <param name="Session">The session it wants to go on with; empty: a new one.</param>
/// <param name="Received">How far it has received.</param>
/// <param name="Committed">How far it was told that the guest has what it sent.</param>
/// <param name="Window">Bytes it takes beyond what it has acknowledged.</param>
internal readonly record struct HelloFrame(bool TakesOver, Guid Session, ulong Received, ulong Committed, uint Window)
{
    private const uint Magic = 0x5352_5246; // "FRRS"
    private const ushort Version = 1;
    private const int Length = 40;
    private const int VersionAt = 4;
    private const int FlagsAt = 6;
    private const int SessionAt = 8;
    private const int CommittedAt = 24;
    private const int WindowAt = 32;

    /// <summary>The frame.</summary>
    public byte[] ToBytes()
    {
        var frame = new byte[FrameHeader.Bytes + Length];
        new FrameHeader(FrameKind.Hello, Length, Received).Write(frame);
        Span<byte> payload = frame.AsSpan(FrameHeader.Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(payload, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[VersionAt..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[FlagsAt..], (ushort)(TakesOver ? 1 : 0));
        Session.TryWriteBytes(payload[SessionAt..]);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[CommittedAt..], Committed);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[WindowAt..], Window);
        return frame;
    }
}
