using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>The features that change how a ring works, in every combination.</summary>
internal static class RingVariants
{
    public static TheoryData<ulong> All => [
        0,
        VirtioFeatures.EventIndex,
        VirtioFeatures.IndirectDescriptors,
        VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors,
    ];
}
