namespace FastRing.VhostUser.Protocol;

/// <summary>The u64 of <c>SET_VRING_KICK</c>, <c>CALL</c> and <c>ERR</c>: a ring in bits 0 to 7, and bit 8 when no descriptor comes along.</summary>
internal readonly record struct VringDescriptorPayload(ulong Value)
{
    /// <summary>Rings these requests can name.</summary>
    public const int MaxRings = 256;

    private const ulong NoDescriptorFlag = 1UL << 8;

    public VringDescriptorPayload(uint index, bool hasDescriptor)
        : this(index | (hasDescriptor ? 0 : NoDescriptorFlag))
    {
    }

    public bool HasDescriptor => (Value & NoDescriptorFlag) == 0;

    /// <summary>The ring; bits nobody defined make it one that does not exist.</summary>
    public uint Index => (Value & ~(NoDescriptorFlag | 0xff)) == 0 ? (uint)(Value & 0xff) : uint.MaxValue;
}
