namespace FastRing.Host.Serving;

/// <summary>A named port of a guest.</summary>
internal sealed record PortConfig
{
    public required string Name { get; init; }

    /// <summary>The host's end: see <see cref="Backend"/>.</summary>
    public required string Backend { get; init; }
}
