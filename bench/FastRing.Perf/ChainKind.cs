namespace FastRing.Perf;

/// <summary>What a device has to do with a chain besides popping, translating, completing and publishing it.</summary>
internal enum ChainKind
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>The event index decides about notifications.</summary>
    EventIndex,

    /// <summary>The same, and the chain is a table of its own.</summary>
    Indirect,

    /// <summary>The same as with the event index, and each buffer's bytes are copied out.</summary>
    Copy,

    /// <summary>Nothing, but FastRing's own driver end is timed as well.</summary>
    WithDriver,
}
