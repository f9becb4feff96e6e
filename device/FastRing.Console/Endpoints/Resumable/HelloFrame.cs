using System.Buffers.Binary;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>What a client says of itself. The position in its header is how far it has received.</summary>
/// <param name="TakesOver">A session that waits for its client is to end for this one.</param>
/// <param name="Session">The session it wants to go on with; empty: a new one.</param>
/// <param name="Committed">How far it was told that the guest has what it sent.</param>
/// <param name="Window">Bytes it takes beyond what it has acknowledged.</param>
internal readonly record struct HelloFrame(bool TakesOver, Guid Session, ulong Committed, uint Window)
{
    public const int Bytes = 40;
    public const ushort Version = 1;
    public const uint LeastWindow = 4 << 10;

    private const uint Magic = 0x5352_5246; // "FRRS"
    private const int VersionAt = 4;
    private const int FlagsAt = 6;
    private const int SessionAt = 8;
    private const int CommittedAt = 24;
    private const int WindowAt = 32;
    private const int ReservedAt = 36;
    private const ushort TakesOverFlag = 1;

    /// <summary>Reads what somebody sent.</summary>
    /// <param name="bytes">As many as <see cref="Bytes"/>.</param>
    /// <param name="hello">What it says.</param>
    /// <returns>Why it is none; null: it is one.</returns>
    public static Refusal? TryRead(ReadOnlySpan<byte> bytes, out HelloFrame hello)
    {
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[VersionAt..]);
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[FlagsAt..]);
        hello = new HelloFrame(
            (flags & TakesOverFlag) != 0,
            new Guid(bytes.Slice(SessionAt, CommittedAt - SessionAt)),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[CommittedAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[WindowAt..]));
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic ? Refusal.Malformed("it is no hello: the magic number is another")
            : version != Version ? new Refusal(RefusalReason.Version, $"version {version} of the protocol is not spoken here, {Version} is")
            : (flags & ~TakesOverFlag) != 0 ? Refusal.Malformed($"flags 0x{flags:x} of a hello are not known")
            : hello.Window < LeastWindow ? Refusal.Malformed($"a window of {hello.Window} bytes, not {LeastWindow} or more")
            : BinaryPrimitives.ReadUInt32LittleEndian(bytes[ReservedAt..]) != 0 ? Refusal.Malformed("the last field of a hello is not zero")
            : null;
    }
}
