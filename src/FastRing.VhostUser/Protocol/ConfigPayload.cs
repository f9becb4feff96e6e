using System.Buffers.Binary;

namespace FastRing.VhostUser.Protocol;

/// <summary>The head of a configuration message; <paramref name="Size"/> bytes follow (vhost-user, "Virtio device config space").</summary>
/// <param name="Offset">First byte in the configuration space. Untrusted.</param>
/// <param name="Size">Bytes. Untrusted.</param>
/// <param name="Flags">Who writes: 0 the driver, 1 a live migration.</param>
internal readonly record struct ConfigPayload(uint Offset, uint Size, uint Flags)
{
    public const int HeadBytes = 12;

    /// <summary>The most a message carries (<c>VHOST_USER_MAX_CONFIG_SIZE</c>).</summary>
    public const int MaxBytes = 256;

    public static ConfigPayload Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[8..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Size);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Flags);
    }

    /// <summary>Whether the range lies in a configuration space of <paramref name="configSize"/> bytes and in a message.</summary>
    public bool IsInside(int configSize) => Offset <= (uint)configSize && Size <= (uint)configSize - Offset && Size <= MaxBytes;
}
