using System.Buffers.Binary;
using FastRing.Spec;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>A descriptor of either layout.</summary>
/// <param name="Address">addr.</param>
/// <param name="Length">len.</param>
/// <param name="Flags">flags.</param>
/// <param name="Link">next on a split ring, id on a packed one.</param>
internal readonly record struct Cell(ulong Address, uint Length, DescriptorFlags Flags, ushort Link)
{
    public const int SizeBytes = 16;

    public bool Is(DescriptorFlags flag) => (Flags & flag) != 0;

    public static Cell Read(ReadOnlySpan<byte> bytes, bool packed) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        (DescriptorFlags)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(packed ? 14 : 12)..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[(packed ? 12 : 14)..]));

    public void Write(Span<byte> bytes, bool packed)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[(packed ? 14 : 12)..], (ushort)Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[(packed ? 12 : 14)..], Link);
    }
}
