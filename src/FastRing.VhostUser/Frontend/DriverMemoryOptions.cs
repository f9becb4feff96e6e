using FastRing.Memory;

namespace FastRing.VhostUser.Frontend;

/// <summary>What a <see cref="DriverMemory"/> is made of. Immutable.</summary>
public sealed record DriverMemoryOptions
{
    /// <summary>Pages of the usual size, allocated when they are first touched.</summary>
    public static DriverMemoryOptions Default { get; } = new();

    /// <summary>
    /// Huge pages, of 2 MiB, which must have been set aside (vm.nr_hugepages); the size is rounded up to whole ones. They are always there from the
    /// beginning, as with <see cref="Prefault"/>: to find later that there are too few would end the process.
    /// </summary>
    public bool HugePages { get; init; }

    /// <summary>
    /// Where the driver sees the memory: I/O virtual addresses, with <see cref="Spec.VirtioFeatures.AccessPlatform"/>, which a <see cref="FrontendIommu"/> translates.
    /// Null: at its guest physical address.
    /// </summary>
    public GuestAddress? IovaBase { get; init; }

    /// <summary>Has every page allocated from the beginning, so that no buffer waits for one.</summary>
    public bool Prefault { get; init; }

    /// <summary>Its file can't be made smaller or larger any more, by this process or the backend (F_SEAL_SHRINK, F_SEAL_GROW): what a backend may require.</summary>
    public bool Sealed { get; init; }
}
