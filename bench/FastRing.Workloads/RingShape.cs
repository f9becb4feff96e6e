using FastRing.Spec;

namespace FastRing.Workloads;

/// <summary>Which ring a workload runs on.</summary>
/// <param name="Size">Entries.</param>
/// <param name="Features">The negotiated features.</param>
internal readonly record struct RingShape(ushort Size, ulong Features)
{
    public bool IsPacked => (Features & VirtioFeatures.RingPacked) != 0;

    public bool HasEventIndex => (Features & VirtioFeatures.EventIndex) != 0;

    public bool IsIndirect => (Features & VirtioFeatures.IndirectDescriptors) != 0;
}
