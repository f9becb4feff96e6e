using System.Buffers.Binary;

namespace FastRing.VfioUser.Protocol;

/// <summary>The 16 bytes before every payload (vfio-user, "Header"). Little endian, as every host FastRing runs on.</summary>
/// <param name="Id">The sender's; a reply has that of its command.</param>
/// <param name="Command">What is asked.</param>
/// <param name="SizeBytes">The whole message, header included.</param>
/// <param name="Flags">Command or reply, and what is said of either.</param>
/// <param name="Error">Of a reply: an errno.</param>
internal readonly record struct VfioUserHeader(ushort Id, VfioUserCommand Command, uint SizeBytes, uint Flags, uint Error)
{
    public const int Bytes = 16;

    /// <summary>The longest payload a message may have: a <see cref="MaxTransferBytes"/> and what goes before it.</summary>
    public const int MaxPayloadBytes = RegionAccess.Bytes + MaxTransferBytes;

    /// <summary>The most bytes of a region that one message may read or write (<c>max_data_xfer_size</c>).</summary>
    public const int MaxTransferBytes = 4096;

    private const uint TypeMask = 0xf;
    private const uint Reply = 1;
    private const uint NoReply = 1 << 4;
    private const uint HasError = 1 << 5;

    public bool IsCommand => (Flags & TypeMask) == 0;

    /// <summary>Nobody waits for an answer.</summary>
    public bool WantsNoReply => (Flags & NoReply) != 0;

    public VfioUserHeader ReplyOf(int payloadBytes, int error) => this with
    {
        SizeBytes = (uint)(Bytes + payloadBytes),
        Flags = Reply | (error == 0 ? 0 : HasError),
        Error = (uint)error,
    };

    public static VfioUserHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt16LittleEndian(source),
        (VfioUserCommand)BinaryPrimitives.ReadUInt16LittleEndian(source[2..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[12..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, Id);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)Command);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], SizeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Error);
    }
}
