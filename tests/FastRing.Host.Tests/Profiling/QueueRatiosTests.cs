using FastRing.Host.Profiling;
using FastRing.Profiling;

namespace FastRing.Host.Tests.Profiling;

public sealed class QueueRatiosTests
{
    [Fact]
    public void Chains_a_publication_and_notifications_of_1000_chains_are_each_queues_own()
    {
        MetricsSnapshot seen = QueueRatios.AddTo(Look(
            Of("chains", "device=a,queue=4", 500), Of("publications", "device=a,queue=4", 50), Of("notifications", "device=a,queue=4,result=sent", 2), Of("notifications", "device=a,queue=4,result=held", 9),
            Of("chains", "device=b,queue=4", 10), Of("publications", "device=b,queue=4", 10), Of("notifications", "device=b,queue=4,result=sent", 0)));

        Assert.Equal(
            ["fastring.queue.chains_per_publication device=a,queue=4 10", "fastring.queue.chains_per_publication device=b,queue=4 1",
             "fastring.queue.notifications_per_1000_chains device=a,queue=4 4", "fastring.queue.notifications_per_1000_chains device=b,queue=4 0"],
            seen.Values.Where(v => v.Instrument.Contains("_per_", StringComparison.Ordinal)).Select(v => $"{v.Instrument} {v.Tags} {v.Value}"));
        Assert.Equal(seen.Values.Select(v => v.Instrument).Order(StringComparer.Ordinal), seen.Values.Select(v => v.Instrument));
    }

    [Fact]
    public void Of_a_ring_on_which_nothing_passed_and_of_other_meters_nothing_follows()
    {
        MetricsSnapshot none = Look(Of("chains", "device=a,queue=4", 0), Of("publications", "device=a,queue=4", 0), Of("looks", "device=a,queue=4", 7));
        Assert.Equal(none.Values.Select(v => v.Instrument).Order(StringComparer.Ordinal), QueueRatios.AddTo(none).Values.Select(v => v.Instrument));
    }

    private static MetricValue Of(string counter, string tags, double value) => new($"fastring.queue.{counter}", "{x}", tags, value, null);

    private static MetricsSnapshot Look(params MetricValue[] values) => new(default, values, [], false);
}
