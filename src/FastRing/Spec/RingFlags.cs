namespace FastRing.Spec;

/// <summary>The flags field of the split ring's two index rings.</summary>
internal static class RingFlags
{
    /// <summary>Driver to device: do not interrupt me. (<c>VIRTQ_AVAIL_F_NO_INTERRUPT</c>)</summary>
    public const ushort NoInterrupt = 1;

    /// <summary>Device to driver: do not kick me. (<c>VIRTQ_USED_F_NO_NOTIFY</c>)</summary>
    public const ushort NoNotify = 1;
}
