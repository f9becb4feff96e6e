namespace FastRing.Workloads.Net;

/// <summary>Feature bits of the network device, as 64-bit masks (virtio 1.2, 5.1.3).</summary>
internal static class NetFeatures
{
    /// <summary>A packet may spread over several receive buffers. (<c>VIRTIO_NET_F_MRG_RXBUF</c>, bit 15)</summary>
    public const ulong MergeableBuffers = 1UL << 15;
}
