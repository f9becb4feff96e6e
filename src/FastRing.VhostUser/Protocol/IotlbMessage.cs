using System.Buffers.Binary;
using FastRing.Memory;

namespace FastRing.VhostUser.Protocol;

/// <summary>What one side tells the other of an IOMMU's translations (vhost-user, "An IOTLB message"; <c>struct vhost_iotlb_msg</c>).</summary>
/// <param name="Address">The first I/O virtual address.</param>
/// <param name="SizeBytes">How many bytes it is about. Untrusted.</param>
/// <param name="Frontend">Where they are in the frontend's process; with <see cref="IotlbMessageKind.Update"/> only.</param>
/// <param name="Access">What the device may do there, or wants to.</param>
/// <param name="Kind">What is said.</param>
public readonly record struct IotlbMessage(ulong Address, ulong SizeBytes, FrontendAddress Frontend, IotlbAccess Access, IotlbMessageKind Kind)
{
    /// <summary>The fields; a C compiler adds padding behind them.</summary>
    internal const int MinBytes = 26;

    /// <summary>The structure, padding included.</summary>
    internal const int SizeInBytes = 32;

    internal static IotlbMessage Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(source),
        BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        new FrontendAddress(BinaryPrimitives.ReadUInt64LittleEndian(source[16..])),
        (IotlbAccess)source[24],
        (IotlbMessageKind)source[25]);

    internal void Write(Span<byte> destination)
    {
        destination[..SizeInBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Address);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], SizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Frontend.Value);
        destination[24] = (byte)Access;
        destination[25] = (byte)Kind;
    }
}
