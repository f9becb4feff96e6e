using System.Globalization;
using FastRing.Host.Client;
using FastRing.Profiling;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FastRing.Host.Profiling;

/// <summary>A look at a process's instruments, for people.</summary>
internal static class CountersView
{
    /// <summary>What there is to show: counters, distributions, or both.</summary>
    public static IRenderable Of(MetricsSnapshot snapshot) =>
        snapshot.Distributions.Count == 0 && snapshot.Values.Count == 0 ? new Text("nothing was counted or measured since the last look\n")
        : snapshot.Distributions.Count == 0 ? TableOf(snapshot.Values)
        : snapshot.Values.Count == 0 ? TableOf(snapshot.Distributions)
        : new Rows(TableOf(snapshot.Values), TableOf(snapshot.Distributions));

    /// <summary>A row for each thing an instrument speaks of.</summary>
    private static Table TableOf(IEnumerable<MetricValue> values)
    {
        Table table = Output.Columns("INSTRUMENT", "OF", "VALUE", "PER SECOND", "UNIT");
        foreach (MetricValue value in values)
        {
            table.Row(value.Instrument, value.Tags, Number(value.Value), value.PerSecond is { } rate ? Number(rate) : "-", value.Unit);
        }

        return table;
    }

    /// <summary>The same of histograms. Seconds are shown as microseconds: buffers take some.</summary>
    private static Table TableOf(IEnumerable<MetricDistribution> distributions)
    {
        Table table = Output.Columns("INSTRUMENT", "OF", "COUNT", "MEAN", "P50", "P95", "P99", "UNIT");
        foreach (MetricDistribution d in distributions)
        {
            (double scale, string unit) = d.Unit == "s" ? (1e6, "µs") : (1, d.Unit);
            table.Row([d.Instrument, d.Tags, Number(d.Count), .. new[] { d.Sum / Math.Max(d.Count, 1), d.P50, d.P95, d.P99 }.Select(v => Number(v * scale)), unit]);
        }

        return table;
    }

    private static string Number(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);
}
