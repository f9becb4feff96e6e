using System.Buffers.Binary;

namespace FastRing.VhostUser.Protocol;

/// <summary>A ring and one number about it (<c>struct vhost_vring_state</c>).</summary>
/// <param name="Index">The ring. Untrusted, and 32 bits wide.</param>
/// <param name="Value">What the request says it is: a size, a base, an on or off.</param>
internal readonly record struct VringStatePayload(uint Index, uint Value)
{
    public const int SizeBytes = 8;

    public static VringStatePayload Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(source), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Index);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Value);
    }
}
