using System.Runtime.InteropServices;

namespace FastRing.Spec;

/// <summary>A descriptor of the packed ring: 16 bytes, little endian (virtio 1.2, 2.8.13).</summary>
/// <remarks><c>struct pvirtq_desc</c></remarks>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly struct PackedDescriptor
{
    /// <summary>Bytes a descriptor takes.</summary>
    public const int SizeBytes = 16;

    /// <summary>Makes a descriptor of its fields.</summary>
    public PackedDescriptor(ulong address, uint length, ushort id, DescriptorFlags flags)
    {
        Address = address;
        Length = length;
        Id = id;
        Flags = flags;
    }

    /// <summary>Guest physical address of the buffer. (<c>addr</c>)</summary>
    public ulong Address { get; }

    /// <summary>Length of the buffer in bytes; in a used descriptor, bytes written. (<c>len</c>)</summary>
    public uint Length { get; }

    /// <summary>The buffer's id, valid in the last descriptor of a chain. (<c>id</c>)</summary>
    public ushort Id { get; }

    /// <summary>What the buffer is, and whose. (<c>flags</c>)</summary>
    public DescriptorFlags Flags { get; }
}
