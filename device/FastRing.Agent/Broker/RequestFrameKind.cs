namespace FastRing.Agent.Broker;

/// <summary>What was found in a client's bytes.</summary>
internal enum RequestFrameKind
{
    /// <summary>Nothing that is whole.</summary>
    None,

    /// <summary>An object or a list, by its brackets.</summary>
    Value,

    /// <summary>A line that is neither.</summary>
    Garbage,

    /// <summary>More than is taken.</summary>
    TooLong,
}
