using System.Buffers.Binary;

namespace FastRing.VhostUser.Protocol;

/// <summary>The buffer that tracks inflight I/O (vhost-user, "Inflight description").</summary>
/// <param name="SizeBytes">Bytes of it; in an answer 0: there is none. Untrusted.</param>
/// <param name="FileOffset">Where it begins in its file. Untrusted.</param>
/// <param name="Queues">Queues it is for. Untrusted.</param>
/// <param name="QueueSize">Entries they have at the most. Untrusted.</param>
internal readonly record struct InflightPayload(ulong SizeBytes, ulong FileOffset, ushort Queues, ushort QueueSize)
{
    public const int MinBytes = 20;

    /// <summary>As frontends in C have it, whose structure is padded.</summary>
    public const int PaddedBytes = 24;

    public static InflightPayload Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(source),
        BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadUInt16LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt16LittleEndian(source[18..]));

    public void Write(Span<byte> destination)
    {
        destination.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, SizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], FileOffset);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[16..], Queues);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[18..], QueueSize);
    }
}
