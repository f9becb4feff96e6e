using FastRing.Workloads;
using FastRing.Workloads.Notify;

namespace FastRing.Perf;

/// <summary>What was measured of one setting.</summary>
internal sealed class NotifyRounds(NotifySetting setting)
{
    /// <summary>What a case ends with of which no round was any good.</summary>
    public const string Far = "PROCESSORS FAR APART";

    private readonly List<NotifyRound> _all = [];

    public NotifySetting Setting => setting;

    /// <summary>Rounds that do not count: the processors were far apart around them, and not around others.</summary>
    public int Dropped => _all.Count - Counted.Count();

    /// <summary>The setting, and whether no round was any good.</summary>
    public string Name => IsFar ? $"{setting}, {Far}" : $"{setting}";

    /// <summary>Rounds that count.</summary>
    public IEnumerable<NotifyRound> Counted => _all.Where(r => IsFar || IsNear(r));

    private bool IsFar => !_all.Exists(IsNear);

    public void Add(NotifyMeasurement measured) => _all.AddRange(measured.Rounds);

    /// <summary>One figure of each round that counts.</summary>
    public IEnumerable<double> Values(NotifyMode mode, Func<NotifyFigures, double?> value) =>
        Counted.Select(r => value(r.Figures.Single(f => f.Mode == mode)) ?? 0);

    /// <summary>How the times of the middle round are spread: the one whose median is the median of all that count.</summary>
    public PercentileCurve? Curve(NotifyMode mode)
    {
        NotifyFigures[] rounds = [.. Counted.Select(r => r.Figures.Single(f => f.Mode == mode)).OrderBy(f => f.MedianUs)];
        return rounds[rounds.Length / 2].Curve is { } curve ? new PercentileCurve(curve.Percents, curve.Us) : null;
    }

    private static bool IsNear(NotifyRound round) => round.DistanceNs < CoreDistance.NearNs;
}
