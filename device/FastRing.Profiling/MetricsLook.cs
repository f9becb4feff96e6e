using System.Globalization;
using Microsoft.Diagnostics.Tracing;

namespace FastRing.Profiling;

/// <summary>A look while it arrives, event by event.</summary>
/// <param name="asked">The meters that were asked for, as the runtime takes it: who looks at the same time gets what others asked for, too.</param>
internal sealed class MetricsLook(string asked)
{
    private static readonly char[] s_separators = [',', ';', '\r', '\n'];

    private readonly string[] _meters = [.. asked.Split(s_separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(spec => spec.Split('\\')[0])]; // METER, or METER\INSTRUMENT
    private readonly List<MetricValue> _values = [];
    private readonly List<MetricDistribution> _distributions = [];
    private bool _isCut;

    public void Add(TraceEvent e)
    {
        switch (e.EventName)
        {
            case "CounterRateValuePublished" or "UpDownCounterRateValuePublished" or "GaugeValuePublished" when IsAsked(e):
                _values.Add(ValueOf(e));
                break;
            case "HistogramValuePublished" when IsAsked(e) && Text(e, "quantiles").Length > 0:
                _distributions.Add(DistributionOf(e));
                break;
            case "TimeSeriesLimitReached" or "HistogramLimitReached":
                _isCut = true;
                break;
        }
    }

    /// <summary>All of it has arrived.</summary>
    public MetricsSnapshot End(DateTimeOffset at)
    {
        var look = new MetricsSnapshot(
            at,
            [.. _values.OrderBy(v => v.Instrument, StringComparer.Ordinal).ThenBy(v => v.Tags, StringComparer.Ordinal)],
            [.. _distributions.OrderBy(d => d.Instrument, StringComparer.Ordinal).ThenBy(d => d.Tags, StringComparer.Ordinal)],
            _isCut);
        _values.Clear();
        _distributions.Clear();
        return look;
    }

    private bool IsAsked(TraceEvent e)
    {
        string meter = Text(e, "meterName");
        return _meters.Any(asked => asked.EndsWith('*') ? meter.StartsWith(asked[..^1], StringComparison.OrdinalIgnoreCase) : meter.Equals(asked, StringComparison.OrdinalIgnoreCase));
    }

    private static MetricValue ValueOf(TraceEvent e)
    {
        bool isCounter = e.EventName == "CounterRateValuePublished";
        return new MetricValue(
            Text(e, "instrumentName"), Text(e, "unit"), Text(e, "tags"), Number(Text(e, e.EventName == "GaugeValuePublished" ? "lastValue" : "value")), isCounter ? Number(Text(e, "rate")) : null);
    }

    private static MetricDistribution DistributionOf(TraceEvent e)
    {
        // 0.5=...;0.95=...;0.99=...
        double[] quantiles = [.. Text(e, "quantiles").Split(';').Select(q => Number(q[(q.IndexOf('=', StringComparison.Ordinal) + 1)..]))];
        return new MetricDistribution(
            Text(e, "instrumentName"), Text(e, "unit"), Text(e, "tags"), Convert.ToInt64(e.PayloadByName("count"), CultureInfo.InvariantCulture), Convert.ToDouble(e.PayloadByName("sum"), CultureInfo.InvariantCulture), quantiles[0], quantiles[1], quantiles[2]);
    }

    private static string Text(TraceEvent e, string name) => (string)e.PayloadByName(name);

    /// <summary>Empty is what a runtime says that has nothing to compare with yet.</summary>
    private static double Number(string text) => text.Length == 0 ? 0 : double.Parse(text, CultureInfo.InvariantCulture);
}
