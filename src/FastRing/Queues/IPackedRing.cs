namespace FastRing.Queues;

/// <summary>What is more of a packed ring.</summary>
internal interface IPackedRing : IDeviceRing
{
    /// <summary>Get cursor: behind the chains popped.</summary>
    PackedPosition Got { get; }
}
