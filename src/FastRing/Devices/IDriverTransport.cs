using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Devices;

/// <summary>The driver's way to a device: memory both see, and queues. Features are negotiated by the time there is one.</summary>
public interface IDriverTransport
{
    /// <summary>The memory that holds rings and buffers.</summary>
    GuestMemory Memory { get; }

    /// <summary>The features both sides agreed on.</summary>
    ulong Features { get; }

    /// <summary>Sets some of the memory aside, for good.</summary>
    /// <param name="bytes">How much.</param>
    /// <returns>Its address, on a 128-byte boundary.</returns>
    /// <exception cref="InvalidOperationException">There is not that much left.</exception>
    GuestAddress Allocate(ulong bytes);

    /// <summary>Makes a ring and shows it to the device, enabled.</summary>
    /// <param name="index">Queue number.</param>
    /// <param name="size">Entries.</param>
    DriverQueue StartQueue(int index, ushort size);
}
