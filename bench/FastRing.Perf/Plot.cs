using ScottPlot;
using ScottPlot.TickGenerators;

namespace FastRing.Perf;

/// <summary>Draws rows of one unit: a bar for each median, whiskers from minimum to maximum, and the peer beside it.</summary>
internal static class Plot
{
    private const int WidthPixels = 1400;
    private const int RowPixels = 34;
    private const int FramePixels = 140;
    private const double BarSize = 0.38;

    /// <summary>Draws a PNG.</summary>
    public static void Save(IReadOnlyList<Row> rows, string title, string file)
    {
        using var plot = new ScottPlot.Plot();
        plot.Add.Bars(rows.Select((row, i) => Bar(-i + (BarSize / 2), row.Value.Median, Colors.SteelBlue)).ToList()).LegendText = "FastRing";
        plot.Add.Bars(rows.Select((row, i) => Bar(-i - (BarSize / 2), row.Peer.Median, Colors.Silver)).ToList()).LegendText = "compared with";
        for (int i = 0; i < rows.Count; i++)
        {
            double y = -i + (BarSize / 2);
            plot.Add.Line(rows[i].Value.Min, y, rows[i].Value.Max, y).Color = Colors.Black;
        }

        plot.Axes.Left.TickGenerator = new NumericManual([.. rows.Select((_, i) => (double)-i)], [.. rows.Select(r => $"{r.Case}\n{r.Peer.Name}")]);
        plot.Axes.Left.TickLabelStyle.FontSize = 10;
        plot.Axes.SetLimitsX(0, 1.1 * rows.Max(r => Math.Max(r.Value.Max, r.Peer.Median)) + double.Epsilon);
        plot.Title(title);
        plot.XLabel(rows[0].Unit);
        plot.ShowLegend(Alignment.LowerRight);
        plot.SavePng(file, WidthPixels, FramePixels + (RowPixels * rows.Count));
    }

    private static Bar Bar(double position, double value, Color color) =>
        new() { Position = position, Value = value, FillColor = color, LineWidth = 0, Size = BarSize, Orientation = Orientation.Horizontal };
}
