using System.Runtime.InteropServices;

namespace FastRing.Spec;

/// <summary>A descriptor of the split ring and of indirect tables: 16 bytes, little endian (virtio 1.2, 2.7.5).</summary>
/// <remarks><c>struct virtq_desc</c></remarks>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly struct VirtqDescriptor
{
    /// <summary>Bytes a descriptor takes.</summary>
    public const int SizeBytes = 16;

    /// <summary>Makes a descriptor of its fields.</summary>
    public VirtqDescriptor(ulong address, uint length, DescriptorFlags flags, ushort next)
    {
        Address = address;
        Length = length;
        Flags = flags;
        Next = next;
    }

    /// <summary>Guest physical address of the buffer. (<c>addr</c>)</summary>
    public ulong Address { get; }

    /// <summary>Length of the buffer in bytes. (<c>len</c>)</summary>
    public uint Length { get; }

    /// <summary>What the buffer is. (<c>flags</c>)</summary>
    public DescriptorFlags Flags { get; }

    /// <summary>Index of the next descriptor, where <see cref="DescriptorFlags.Next"/> is set. (<c>next</c>)</summary>
    public ushort Next { get; }
}
