using System.Buffers.Binary;

namespace FastRing.VhostUser.Protocol;

/// <summary>Where the log of dirty pages lies in its file (vhost-user, "Log description").</summary>
/// <param name="SizeBytes">Bytes of it. Untrusted.</param>
/// <param name="FileOffset">Where it begins. Untrusted.</param>
internal readonly record struct LogPayload(ulong SizeBytes, ulong FileOffset)
{
    public const int Bytes = 16;

    public static LogPayload Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt64LittleEndian(source[8..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, SizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], FileOffset);
    }
}
