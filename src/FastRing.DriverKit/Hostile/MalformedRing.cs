using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.DriverKit;

/// <summary>One way to break the rules of a ring: how it is written, and what a device must call it.</summary>
/// <param name="Name">What is wrong with the ring, in words; unique in its list.</param>
/// <param name="Error">What the device must stop the queue with.</param>
/// <param name="Offer">Writes it, behind whatever the ring holds. The ring lies in a <see cref="HostileMap"/> and has 128 entries or more.</param>
public sealed record MalformedRing(string Name, VirtqueueError Error, Action<HostileRing> Offer)
{
    /// <summary>The features negotiated; the layout's own come on top.</summary>
    public ulong Features { get; init; } = VirtioFeatures.IndirectDescriptors;

    /// <summary>
    /// True when it says something of the whole ring (an index that jumps, a chain as long as the ring), so that there are no good chains before it
    /// in what the device looks at together. There may have been good ones that the device has given back.
    /// </summary>
    public bool IsOfWholeRing { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
