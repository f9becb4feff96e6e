using System.Buffers.Binary;

namespace FastRing.Client.Wire;

/// <summary>Which session a client is in.</summary>
/// <param name="Session">The session.</param>
/// <param name="Change">0: the one it asked for; 1: a new one; otherwise why the one before ended.</param>
/// <param name="Window">Bytes the client may send beyond what was acknowledged.</param>
/// <param name="Committed">How far the guest has what the client sent.</param>
/// <param name="EndedToHost">Of the session that ended: bytes that were sent to the client.</param>
/// <param name="EndedToGuest">Of the session that ended: bytes that the guest has.</param>
internal readonly record struct SessionFrame(Guid Session, ushort Change, uint Window, ulong Committed, ulong EndedToHost, ulong EndedToGuest)
{
    public const int Bytes = 48;
    public const ushort Resumed = 0;
    public const ushort New = 1;

    private const int ChangeAt = 16;
    private const int WindowAt = 20;
    private const int CommittedAt = 24;
    private const int EndedToHostAt = 32;
    private const int EndedToGuestAt = 40;

    public static SessionFrame Read(ReadOnlySpan<byte> bytes) => new(
        new Guid(bytes[..ChangeAt]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[ChangeAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[WindowAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[CommittedAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[EndedToHostAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[EndedToGuestAt..]));
}
