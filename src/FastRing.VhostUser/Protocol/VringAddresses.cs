using System.Buffers.Binary;
using FastRing.Memory;

namespace FastRing.VhostUser.Protocol;

/// <summary>Where a ring's areas lie, as the frontend sees them (<c>struct vhost_vring_addr</c>).</summary>
/// <param name="Descriptors">The descriptor area.</param>
/// <param name="Driver">The driver area: the available ring.</param>
/// <param name="Device">The device area: the used ring.</param>
public readonly record struct VringAddresses(FrontendAddress Descriptors, FrontendAddress Driver, FrontendAddress Device)
{
    internal const int SizeBytes = 40; // index, flags, descriptor, used, available, log

    internal static VringAddresses Read(ReadOnlySpan<byte> source, out uint index)
    {
        index = BinaryPrimitives.ReadUInt32LittleEndian(source);
        return new VringAddresses(Address(source[8..]), Address(source[24..]), Address(source[16..]));
    }

    internal void Write(Span<byte> destination, uint index)
    {
        destination[..SizeBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, index);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Descriptors.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Device.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Driver.Value);
    }

    private static FrontendAddress Address(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt64LittleEndian(source));
}
