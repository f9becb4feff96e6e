using System.Buffers.Binary;

namespace FastRing.Client.Wire;

/// <summary>What every frame begins with.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Length">Bytes behind the header.</param>
/// <param name="Position">A position in the stream, where the kind has one.</param>
internal readonly record struct FrameHeader(FrameKind Kind, int Length, ulong Position)
{
    public const int Bytes = 16;

    /// <summary>The most bytes of a stream that one frame has.</summary>
    public const int MostData = 64 << 10;

    private const int LengthAt = 4;
    private const int PositionAt = 8;

    public static FrameHeader Read(ReadOnlySpan<byte> bytes) => new(
        (FrameKind)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[PositionAt..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[LengthAt..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[PositionAt..], Position);
    }
}
