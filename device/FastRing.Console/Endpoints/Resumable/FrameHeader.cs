using System.Buffers.Binary;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>What every frame begins with.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Length">Bytes behind the header.</param>
/// <param name="Position">A position in the stream, where the kind has one.</param>
internal readonly record struct FrameHeader(FrameKind Kind, uint Length, ulong Position)
{
    public const int Bytes = 16;

    /// <summary>The most bytes of a stream that one frame has.</summary>
    public const uint MostData = 64 << 10;

    private const int LengthAt = 4;
    private const int PositionAt = 8;
    private const uint KindMask = 0xFF;

    /// <summary>Why this is no frame that a client sends; null: it is one.</summary>
    public string? WhyWrong => Kind switch
    {
        FrameKind.Hello => Length == HelloFrame.Bytes ? null : $"a hello of {Length} bytes, not {HelloFrame.Bytes}",
        FrameKind.Data => Length is > 0 and <= MostData ? null : $"data of {Length} bytes, not 1 to {MostData}",
        FrameKind.Acknowledge => Length == 0 ? null : $"an acknowledgement of {Length} bytes, not 0",
        FrameKind.Bye => Length == 0 ? null : $"a bye of {Length} bytes, not 0",
        _ => $"no client sends a frame of kind {(uint)Kind}",
    };

    /// <summary>Reads what somebody sent.</summary>
    /// <param name="bytes">No fewer than <see cref="Bytes"/>.</param>
    /// <param name="header">What it says, true or not.</param>
    /// <returns>False: what must be zero is not.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        uint kind = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        header = new FrameHeader((FrameKind)kind, BinaryPrimitives.ReadUInt32LittleEndian(bytes[LengthAt..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[PositionAt..]));
        return (kind & ~KindMask) == 0;
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[LengthAt..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[PositionAt..], Position);
    }
}
