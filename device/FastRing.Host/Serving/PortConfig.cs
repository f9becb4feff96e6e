namespace FastRing.Host.Serving;

/// <summary>A named port of a guest.</summary>
/// <remarks>Settable where there is a default: see <see cref="GuestConfig"/>.</remarks>
internal sealed record PortConfig
{
    public required string Name { get; init; }

    /// <summary>The host's end: see <see cref="Serving.Backend"/>.</summary>
    public required string Backend { get; init; }

    /// <summary>Its number; null: the first that is free.</summary>
    public int? Id { get; set; }

    /// <summary>What may pass it; null: anything.</summary>
    public LimitsConfig? Limits { get; set; }

    /// <summary>What becomes of the guest's output while nobody is there: hold or discard.</summary>
    public string WhenHostClosed { get; set; } = "hold";

    /// <summary>What becomes of what a client that left did not take: discard or keep; null: keep for a file, which leaves when its disk is full, else discard.</summary>
    public string? WhenClientLeaves { get; set; }

    /// <summary>Whether a port made of the other serves as well. Limits can be changed while it does; who numbers it is another matter.</summary>
    public bool IsSamePort(PortConfig other) => (this with { Limits = null, Id = null }) == (other with { Limits = null, Id = null });
}
