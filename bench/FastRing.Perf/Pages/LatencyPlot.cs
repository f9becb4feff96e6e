using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace FastRing.Perf.Pages;

/// <summary>Draws percentiles as HdrHistogram's plots do: what is left to 100 % shrinks to a tenth from tick to tick. Both axes are logarithmic.</summary>
internal static class LatencyPlot
{
    private const int WidthPixels = 620;
    private const int HeightPixels = 340;
    private const double LeastTime = 1e-3; // Nothing at all has no logarithm.
    private const int MostNines = 6;

    public static string Svg(Row row)
    {
        using var plot = new ScottPlot.Plot();
        Add(plot, row.Curve!, "FastRing", Colors.SteelBlue);
        if (row.Peer.Curve is { } peer)
        {
            Add(plot, peer, row.Peer.Name, Colors.Gray);
        }

        plot.Axes.Bottom.TickGenerator = new NumericManual([.. Enumerable.Range(0, MostNines).Select(n => (double)n)], [.. Enumerable.Range(0, MostNines).Select(Percent)]);
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        plot.Axes.Left.TickGenerator = TradeOffPlot.LogTicks(limits.Bottom, limits.Top);
        plot.XLabel("percentile");
        plot.YLabel(row.Unit.Split(' ')[0]);
        plot.Title(row.Case, size: 13);
        plot.ShowLegend(Alignment.UpperLeft);
        return plot.GetSvgXml(WidthPixels, HeightPixels);
    }

    /// <summary>100 % itself is nowhere on the axis: the longest time is told in words.</summary>
    private static void Add(ScottPlot.Plot plot, PercentileCurve curve, string name, Color color)
    {
        (double Percent, double Value)[] points = [.. curve.Percents.Zip(curve.Values).Where(p => p.First < 100)];
        if (points.Length > 0)
        {
            var line = plot.Add.ScatterLine(points.Select(p => -Math.Log10(1 - (p.Percent / 100))).ToArray(), points.Select(p => Math.Log10(Math.Max(p.Value, LeastTime))).ToArray(), color);
            line.LineWidth = 2;
            line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{name}, the longest {curve.Values.Max():0.#}");
        }
    }

    private static string Percent(int nines) => nines == 0 ? "0 %" : string.Create(CultureInfo.InvariantCulture, $"{100 - Math.Pow(10, 2 - nines):0.####} %");
}
