using System.Buffers.Binary;
using FastRing.Memory;

namespace FastRing.VhostUser.Protocol;

/// <summary>Where a ring's areas lie, as the frontend sees them (<c>struct vhost_vring_addr</c>).</summary>
/// <param name="Descriptors">The descriptor area.</param>
/// <param name="Driver">The driver area: the available ring.</param>
/// <param name="Device">The device area: the used ring.</param>
public readonly record struct VringAddresses(FrontendAddress Descriptors, FrontendAddress Driver, FrontendAddress Device)
{
    private const uint LogFlag = 1; // VHOST_VRING_F_LOG

    /// <summary>What is written to the ring is marked in the log. (<c>VHOST_VRING_F_LOG</c>)</summary>
    public bool IsLogged { get; init; }

    /// <summary>Where in the log the device area lies. (<c>log_guest_addr</c>)</summary>
    public GuestAddress Log { get; init; }

    internal const int SizeBytes = 40; // index, flags, descriptor, used, available, log

    internal static VringAddresses Read(ReadOnlySpan<byte> source, out uint index)
    {
        index = BinaryPrimitives.ReadUInt32LittleEndian(source);
        return new VringAddresses(Address(source[8..]), Address(source[24..]), Address(source[16..]))
        {
            IsLogged = (BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) & LogFlag) != 0,
            Log = new GuestAddress(BinaryPrimitives.ReadUInt64LittleEndian(source[32..])),
        };
    }

    internal void Write(Span<byte> destination, uint index)
    {
        destination[..SizeBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, index);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], IsLogged ? LogFlag : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], Log.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Descriptors.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Device.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Driver.Value);
    }

    private static FrontendAddress Address(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt64LittleEndian(source));
}
