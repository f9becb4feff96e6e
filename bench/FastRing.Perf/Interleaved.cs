namespace FastRing.Perf;

/// <summary>
/// Sides run in turn, so that whatever the machine does happens to all of them. Runs while the processors were far apart are dropped, as long as
/// every side has some that were not.
/// </summary>
internal sealed class Interleaved
{
    private readonly Dictionary<Side, List<Reading>> _readings;

    private Interleaved(IEnumerable<Side> sides) => _readings = sides.ToDictionary(s => s, _ => new List<Reading>());

    /// <summary>Runs that were dropped.</summary>
    public int Dropped => IsFar ? 0 : _readings.Values.Sum(r => r.Count(x => !x.IsNear));

    /// <summary>Some side was never run while the processors were near: then nothing is dropped, and the figures say little.</summary>
    public bool IsFar => _readings.Values.Any(r => !r.Any(x => x.IsNear));

    /// <summary>
    /// Runs every side <paramref name="turns"/> times, and until <paramref name="until"/> up to twice as often while a side has fewer near runs than that.
    /// </summary>
    public static Interleaved Run(IReadOnlyList<Side> sides, int turns, DateTime until)
    {
        var result = new Interleaved(sides);
        for (int turn = 0; turn < turns || (turn < 2 * turns && DateTime.UtcNow < until && result.HasFewerNearThan(turns)); turn++)
        {
            foreach (Side side in sides)
            {
                result._readings[side].AddRange(side.Read());
            }
        }

        return result;
    }

    /// <summary>The values of a side that count.</summary>
    public IEnumerable<double> Values(Side side) => _readings[side].Where(r => IsFar || r.IsNear).Select(r => r.Value);

    private bool HasFewerNearThan(int count) => _readings.Values.Any(r => r.Count(x => x.IsNear) < count);
}
