using FastRing.Profiling;

namespace FastRing.Host.Profiling;

/// <summary>What a queue's counters say together, since its ring was started: how many chains went back at a time, and how often its driver was notified.</summary>
internal static class QueueRatios
{
    /// <summary>The snapshot with what follows from it.</summary>
    public static MetricsSnapshot AddTo(MetricsSnapshot snapshot) =>
        snapshot with { Values = [.. snapshot.Values.Concat(Of(snapshot.Values)).OrderBy(v => v.Instrument, StringComparer.Ordinal).ThenBy(v => v.Tags, StringComparer.Ordinal)] };

    private static IEnumerable<MetricValue> Of(IReadOnlyList<MetricValue> values)
    {
        Dictionary<string, double> publications = ByTags(values, "fastring.queue.publications");
        Dictionary<string, double> notifications = ByTags(values, "fastring.queue.notifications");
        foreach (MetricValue chains in values.Where(v => v.Instrument == "fastring.queue.chains" && v.Value > 0))
        {
            if (publications.GetValueOrDefault(chains.Tags) is > 0 and double batches)
            {
                yield return new MetricValue("fastring.queue.chains_per_publication", "{chain}", chains.Tags, chains.Value / batches, null);
            }

            if (notifications.TryGetValue($"{chains.Tags},result=sent", out double sent))
            {
                yield return new MetricValue("fastring.queue.notifications_per_1000_chains", "{notification}", chains.Tags, 1000 * sent / chains.Value, null);
            }
        }
    }

    private static Dictionary<string, double> ByTags(IEnumerable<MetricValue> values, string instrument) =>
        values.Where(v => v.Instrument == instrument).DistinctBy(v => v.Tags).ToDictionary(v => v.Tags, v => v.Value);
}
