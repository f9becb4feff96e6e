using System.Buffers.Binary;

namespace FastRing.VfioUser.Protocol;

/// <summary>Which bytes of a region are read or written (<c>VFIO_USER_REGION_READ</c>, <c>_WRITE</c>); they follow.</summary>
internal readonly record struct RegionAccess(ulong Offset, uint Region, uint Count)
{
    public const int Bytes = 16;

    public static RegionAccess Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt32LittleEndian(source[8..]), BinaryPrimitives.ReadUInt32LittleEndian(source[12..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Region);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Count);
    }
}
