using System.Globalization;

namespace FastRing.Perf;

/// <summary>Chains that a device works off on one thread.</summary>
/// <param name="Ring">Layout of the ring: split or packed.</param>
/// <param name="Descriptors">Descriptors of a chain: 1, 2 or 4.</param>
/// <param name="Kind">What else is to do.</param>
internal sealed record ChainCase(string Ring, int Descriptors, ChainKind Kind)
{
    /// <summary>Chains of a round.</summary>
    public const int RoundChains = 64;

    public IEnumerable<string> WorkloadOptions =>
    [
        "chains", "--ring", Ring, "--descriptors", Descriptors.ToString(CultureInfo.InvariantCulture),
        .. Kind switch
        {
            ChainKind.EventIndex => new[] { "--event-index" },
            ChainKind.Indirect => ["--event-index", "--indirect"],
            ChainKind.Copy => ["--event-index", "--copy"],
            ChainKind.WithDriver => ["--driver"],
            _ => [],
        },
    ];

    public override string ToString()
    {
        string kind = Kind switch
        {
            ChainKind.Plain => string.Empty,
            ChainKind.EventIndex => ", event index",
            ChainKind.Indirect => ", event index, indirect",
            ChainKind.Copy => ", event index, each buffer of 64 B copied",
            _ => ", FastRing's driver timed too",
        };
        return $"{Ring}, {Descriptors} descriptor{(Descriptors == 1 ? string.Empty : "s")}{kind}";
    }
}
