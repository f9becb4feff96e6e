namespace FastRing.Perf;

/// <summary>What the far end of a channel does.</summary>
internal enum ChannelPartKind
{
    /// <summary>It sends blocks.</summary>
    Give,

    /// <summary>It takes blocks.</summary>
    Take,

    /// <summary>It sends each block back.</summary>
    Echo,
}
