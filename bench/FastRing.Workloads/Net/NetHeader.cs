using System.Buffers.Binary;

namespace FastRing.Workloads.Net;

/// <summary>The header in front of every packet, <c>struct virtio_net_hdr</c> (virtio 1.2, 5.1.6). The device offers no offloads, so all but the last field are 0.</summary>
internal static class NetHeader
{
    /// <summary>Size in bytes, with <c>num_buffers</c>, which is always there since virtio 1.0.</summary>
    public const int Bytes = 12;

    private const int BufferCountOffset = 10; // num_buffers

    /// <summary>
    /// Writes the header of a packet that takes <paramref name="buffers"/> receive buffers, where it does not stand there already: a buffer that goes round keeps
    /// it, and a line that is only read stays in both processors' caches. DPDK's device does the same.
    /// </summary>
    public static void Write(Span<byte> header, ushort buffers)
    {
        uint tail = (uint)buffers << (8 * (BufferCountOffset - sizeof(ulong)));
        ReadOnlySpan<byte> there = header;
        if (BinaryPrimitives.ReadUInt64LittleEndian(there) != 0 || BinaryPrimitives.ReadUInt32LittleEndian(there[sizeof(ulong)..]) != tail)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(header, 0);
            BinaryPrimitives.WriteUInt32LittleEndian(header[sizeof(ulong)..Bytes], tail);
        }
    }
}
