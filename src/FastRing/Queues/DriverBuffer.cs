using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>A buffer a driver offers to the device.</summary>
/// <param name="Address">Its guest physical address.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct DriverBuffer(GuestAddress Address, uint Length)
{
    /// <summary>Bytes of several, as much as a used length can tell.</summary>
    internal static uint Total(ReadOnlySpan<DriverBuffer> buffers)
    {
        ulong bytes = 0;
        foreach (DriverBuffer buffer in buffers)
        {
            bytes += buffer.Length;
        }

        return (uint)Math.Min(bytes, uint.MaxValue);
    }

    /// <summary>The descriptor of the buffer at <paramref name="i"/> of a chain.</summary>
    internal static VirtqDescriptor Descriptor(
        int i, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable, ushort next)
    {
        bool isReadable = i < readable.Length;
        DriverBuffer buffer = isReadable ? readable[i] : writable[i - readable.Length];
        DescriptorFlags flags = isReadable ? DescriptorFlags.None : DescriptorFlags.Write;
        bool last = i == readable.Length + writable.Length - 1;
        return new VirtqDescriptor(buffer.Address.Value, buffer.Length, last ? flags : flags | DescriptorFlags.Next, next);
    }
}
