using FastRing.Spec;

namespace FastRing.Benchmarks.Queues;

/// <summary>The layouts of a ring.</summary>
public enum RingKind
{
    /// <summary>A split ring.</summary>
    Split,

    /// <summary>A split ring with <c>VIRTIO_F_IN_ORDER</c>.</summary>
    SplitInOrder,

    /// <summary>A packed ring.</summary>
    Packed,

    /// <summary>A packed ring with <c>VIRTIO_F_IN_ORDER</c>.</summary>
    PackedInOrder,
}

internal static class RingKinds
{
    /// <summary>The features that make such a ring.</summary>
    public static ulong Features(this RingKind kind) => VirtioFeatures.Version1 | kind switch
    {
        RingKind.SplitInOrder => VirtioFeatures.InOrder,
        RingKind.Packed => VirtioFeatures.RingPacked,
        RingKind.PackedInOrder => VirtioFeatures.RingPacked | VirtioFeatures.InOrder,
        _ => 0,
    };
}
