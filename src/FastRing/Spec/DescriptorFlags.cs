namespace FastRing.Spec;

/// <summary>Flags of a descriptor (virtio 1.2, 2.7.5 and 2.8.1).</summary>
[Flags]
public enum DescriptorFlags : ushort
{
    /// <summary>The last buffer of its chain, readable by the device.</summary>
    None = 0,

    /// <summary>The chain goes on. (<c>VIRTQ_DESC_F_NEXT</c>)</summary>
    Next = 1,

    /// <summary>The device writes the buffer; without it, the device reads it. (<c>VIRTQ_DESC_F_WRITE</c>)</summary>
    Write = 2,

    /// <summary>The buffer is a table of descriptors. (<c>VIRTQ_DESC_F_INDIRECT</c>)</summary>
    Indirect = 4,

    /// <summary>Packed ring: equal to the driver's wrap counter when the descriptor is available, or used. (<c>VIRTQ_DESC_F_AVAIL</c>)</summary>
    Available = 1 << 7,

    /// <summary>Packed ring: unequal to the driver's wrap counter when the descriptor is available, equal when it is used. (<c>VIRTQ_DESC_F_USED</c>)</summary>
    Used = 1 << 15,
}
