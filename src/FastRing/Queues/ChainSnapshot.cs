namespace FastRing.Queues;

/// <summary>A chain as it stands on its ring.</summary>
/// <param name="Place">Split: its place in the available ring. Packed: its first slot.</param>
/// <param name="Id">Split: its first descriptor. Packed: its buffer id.</param>
/// <param name="Descriptors">Its first descriptors.</param>
/// <param name="IsCut">There are more, or something is wrong with the rest.</param>
public sealed record ChainSnapshot(int Place, int Id, IReadOnlyList<DescriptorSnapshot> Descriptors, bool IsCut);
