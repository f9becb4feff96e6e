using System.Buffers.Binary;

namespace FastRing.Examples.Vsock;

/// <summary><c>struct virtio_vsock_hdr</c> (virtio 1.2, 5.10.6), as it stands before each packet.</summary>
/// <param name="From">The sender's context id.</param>
/// <param name="To">The receiver's.</param>
/// <param name="FromPort">The sender's port.</param>
/// <param name="ToPort">The receiver's.</param>
/// <param name="Bytes">Of data behind it.</param>
/// <param name="Type">1: a stream.</param>
/// <param name="Operation">What it is about.</param>
/// <param name="Flags">Of a shutdown: 1 no more is received, 2 no more is sent.</param>
/// <param name="Room">The sender's whole buffer, <c>buf_alloc</c>.</param>
/// <param name="Taken">Bytes its program has taken out of it so far, modulo 2^32, <c>fwd_cnt</c>.</param>
internal readonly record struct VsockHeader(
    ulong From, ulong To, uint FromPort, uint ToPort, uint Bytes, ushort Type, VsockOperation Operation, uint Flags, uint Room, uint Taken)
{
    public const int SizeBytes = 44;
    public const ushort Stream = 1;

    public static VsockHeader Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(from),
        BinaryPrimitives.ReadUInt64LittleEndian(from[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[20..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[24..]),
        BinaryPrimitives.ReadUInt16LittleEndian(from[28..]),
        (VsockOperation)BinaryPrimitives.ReadUInt16LittleEndian(from[30..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[36..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[40..]));

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, From);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], To);
        BinaryPrimitives.WriteUInt32LittleEndian(to[16..], FromPort);
        BinaryPrimitives.WriteUInt32LittleEndian(to[20..], ToPort);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], Bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(to[28..], Type);
        BinaryPrimitives.WriteUInt16LittleEndian(to[30..], (ushort)Operation);
        BinaryPrimitives.WriteUInt32LittleEndian(to[32..], Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(to[36..], Room);
        BinaryPrimitives.WriteUInt32LittleEndian(to[40..], Taken);
    }

    /// <summary>A packet the other way: what is not named is 0.</summary>
    public VsockHeader Answer(VsockOperation operation) => new(To, From, ToPort, FromPort, 0, Stream, operation, 0, 0, 0);
}
