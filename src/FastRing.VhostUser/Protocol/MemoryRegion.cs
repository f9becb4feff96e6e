using System.Buffers.Binary;
using FastRing.Memory;

namespace FastRing.VhostUser.Protocol;

/// <summary>One region of guest memory as a message describes it; its file comes along as a descriptor.</summary>
/// <param name="Guest">First guest physical address.</param>
/// <param name="SizeBytes">Length in bytes.</param>
/// <param name="Frontend">First address in the frontend's process.</param>
/// <param name="FileOffset">Where the region begins in its file, in bytes (<c>mmap offset</c>).</param>
public readonly record struct MemoryRegion(GuestAddress Guest, ulong SizeBytes, FrontendAddress Frontend, ulong FileOffset)
{
    internal const int PayloadBytes = 32;

    /// <summary>The most regions of one SET_MEM_TABLE.</summary>
    internal const int MaxInTable = 8;

    internal static MemoryRegion Read(ReadOnlySpan<byte> source) => new(
        new GuestAddress(BinaryPrimitives.ReadUInt64LittleEndian(source)),
        BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        new FrontendAddress(BinaryPrimitives.ReadUInt64LittleEndian(source[16..])),
        BinaryPrimitives.ReadUInt64LittleEndian(source[24..]));

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Guest.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], SizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Frontend.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], FileOffset);
    }
}
