using System.Buffers.Binary;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>Which session a client is in. The position in its header is where what follows begins.</summary>
/// <param name="Session">The session.</param>
/// <param name="Change">Why it is this one.</param>
/// <param name="Window">Bytes the client may send beyond what was acknowledged.</param>
/// <param name="Committed">How far the guest has what the client sent: it goes on from there.</param>
/// <param name="EndedToHost">Of the session that ended: the bytes that were sent to the client; 0: none ended.</param>
/// <param name="EndedToGuest">Of the session that ended: the bytes that the guest has; 0: none ended.</param>
internal readonly record struct SessionFrame(Guid Session, SessionChange Change, uint Window, ulong Committed, ulong EndedToHost, ulong EndedToGuest)
{
    public const int Bytes = 48;

    private const int ChangeAt = 16;
    private const int VersionAt = 18;
    private const int WindowAt = 20;
    private const int CommittedAt = 24;
    private const int EndedToHostAt = 32;
    private const int EndedToGuestAt = 40;

    public void Write(Span<byte> bytes)
    {
        Session.TryWriteBytes(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[ChangeAt..], (ushort)Change);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[VersionAt..], HelloFrame.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[WindowAt..], Window);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[CommittedAt..], Committed);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[EndedToHostAt..], EndedToHost);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[EndedToGuestAt..], EndedToGuest);
    }
}
