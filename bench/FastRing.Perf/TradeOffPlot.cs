using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace FastRing.Perf;

/// <summary>
/// Draws rows against the notifications of the same case: one point for each, with its name, in the colour of its way to wait. Rows of ping-pongs,
/// which send no notifications, are lines: the limits.
/// </summary>
internal sealed class TradeOffPlot : IDisposable
{
    private const int WidthPixels = 1500;
    private const int HeightPixels = 800;
    private const int InnerWidthPixels = 1150; // About what axes and legend leave.
    private const int InnerHeightPixels = 710;
    private const int LabelDistance = 8;
    private const double Least = 0.01; // None at all has no logarithm.
    private static readonly string[] s_units = ["us", "Mbuffers/s", "percent device CPU"];
    private static readonly int[] s_digits = [1, 2, 5];
    private static readonly Dictionary<string, Color> s_waits = new() { ["sleep"] = Colors.SteelBlue, ["adaptive"] = Colors.SeaGreen, ["poll"] = Colors.Crimson };

    private readonly ScottPlot.Plot _plot = new();
    private readonly LabelPlaces _labels = new();
    private readonly Dictionary<string, double> _notifications;
    private readonly string _unit;
    private readonly bool _isLog;

    private TradeOffPlot(string unit, Dictionary<string, double> notifications)
    {
        _unit = unit;
        _isLog = !unit.StartsWith("percent", StringComparison.Ordinal);
        _notifications = notifications;
    }

    /// <summary>Draws a PNG for each unit of each way to drive a device.</summary>
    /// <returns>Their names; none where no notifications were counted.</returns>
    public static IEnumerable<string> SaveAll(string command, IReadOnlyList<Row> rows, string folder)
    {
        foreach ((string mode, string unit, TradeOffPlot plot) in Drawn(rows))
        {
            using TradeOffPlot drawn = plot;
            string file = $"{command}-{mode}-{unit}-against-notifications.png".Replace('/', '-').Replace(' ', '-');
            drawn._plot.SavePng(Path.Combine(folder, file), WidthPixels, HeightPixels);
            yield return file;
        }
    }

    /// <summary>The same drawings, for a page.</summary>
    public static IEnumerable<(string Title, string Svg)> Svgs(IReadOnlyList<Row> rows)
    {
        foreach ((string mode, string unit, TradeOffPlot plot) in Drawn(rows))
        {
            using TradeOffPlot drawn = plot;
            yield return ($"{mode}: {unit} against {NotifyBench.NotificationsUnit}", drawn._plot.GetSvgXml(WidthPixels, HeightPixels));
        }
    }

    private static IEnumerable<(string Mode, string Unit, TradeOffPlot Plot)> Drawn(IReadOnlyList<Row> rows)
    {
        Dictionary<string, double> notifications = rows.Where(r => r.Unit == NotifyBench.NotificationsUnit).DistinctBy(r => r.Case).ToDictionary(r => r.Case, r => r.Value.Median);
        var groups = from row in rows
                     where s_units.Contains(row.Unit) && notifications.ContainsKey(row.Case) && IsSetting(row)
                     group row by (Mode: Part(row, 0), row.Unit);
        foreach (var group in groups)
        {
            var plot = new TradeOffPlot(group.Key.Unit, notifications);
            plot.Draw([.. group], [.. rows.Where(r => r.Unit == group.Key.Unit && r.Case.Contains("ping-pong", StringComparison.Ordinal))]);
            plot._plot.Title($"FastRing: {group.Key.Mode}");
            yield return (group.Key.Mode, group.Key.Unit, plot);
        }
    }

    /// <summary>Named by a way to drive, a way to wait and a way to gather notifications; other benches count notifications too.</summary>
    private static bool IsSetting(Row row) => row.Case.Split(", ") is { Length: > 2 } parts && s_waits.ContainsKey(parts[1]);

    public void Dispose() => _plot.Dispose();

    private void Draw(Row[] rows, Row[] limits)
    {
        (double xLeast, double xMost) = Range([.. rows.Select(X)], 0.25); // Names stand to the right.
        (double yLeast, double yMost) = Range([.. rows.Concat(limits).Select(r => Y(r.Value.Median))], 0.08);
        _plot.Axes.SetLimits(xLeast, xMost, yLeast, yMost);
        _plot.Axes.Bottom.TickGenerator = LogTicks(xLeast, xMost);
        if (_isLog)
        {
            _plot.Axes.Left.TickGenerator = LogTicks(yLeast, yMost);
        }

        foreach (IGrouping<string, Row> wait in rows.GroupBy(r => Part(r, 1)))
        {
            var points = _plot.Add.ScatterPoints(wait.Select(X).ToArray(), wait.Select(r => Y(r.Value.Median)).ToArray(), s_waits[wait.Key]);
            points.MarkerSize = 10;
            points.LegendText = wait.Key;
        }

        foreach (Row row in rows.OrderBy(r => r.Value.Median))
        {
            AddName(row, InnerWidthPixels / (xMost - xLeast), InnerHeightPixels / (yMost - yLeast));
        }

        AddLimits(limits);
        _plot.XLabel(NotifyBench.NotificationsUnit);
        _plot.YLabel(_unit == "us" ? "median round trip, us" : _unit);
        _plot.ShowLegend(Edge.Right);
    }

    private void AddName(Row row, double xPixels, double yPixels)
    {
        string name = row.Case.EndsWith(NotifyRounds.Far, StringComparison.Ordinal) ? $"{Part(row, 2)} (far)" : Part(row, 2);
        var text = _plot.Add.Text(name, X(row), Y(row.Value.Median));
        text.LabelFontColor = s_waits[Part(row, 1)];
        text.LabelFontSize = 12;
        text.LabelAlignment = Alignment.MiddleLeft;
        text.OffsetX = LabelDistance;
        text.OffsetY = (float)_labels.Take(X(row) * xPixels, -Y(row.Value.Median) * yPixels, name);
    }

    private void AddLimits(Row[] limits)
    {
        foreach ((string name, double value) in limits.SelectMany(l => new[] { (l.Case, l.Value.Median), (l.Peer.Name, l.Peer.Median) }).Distinct())
        {
            var line = _plot.Add.HorizontalLine(Y(value), pattern: LinePattern.Dashed);
            line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{name}: {value:0.#} {_unit}");
        }
    }

    private double X(Row row) => Math.Log10(Math.Max(_notifications[row.Case], Least));

    private double Y(double value) => _isLog ? Math.Log10(Math.Max(value, Least)) : value;

    private static string Part(Row row, int index) => row.Case.Split(", ")[index];

    /// <summary>The values, a decade at the least so that there are ticks, with a margin on the left or below of a third of that on the right or above.</summary>
    private static (double Least, double Most) Range(double[] values, double margin)
    {
        double middle = (values.Max() + values.Min()) / 2;
        double spread = Math.Max(values.Max() - values.Min(), 1);
        return (middle - (spread * (0.5 + (margin / 3))), middle + (spread * (0.5 + margin)));
    }

    /// <summary>1, 2, 5 and so on between two logarithms.</summary>
    public static NumericManual LogTicks(double least, double most)
    {
        int first = (int)Math.Floor(least);
        double[] values = [.. from decade in Enumerable.Range(first, (int)Math.Ceiling(most) - first)
                              from digit in s_digits
                              select digit * Math.Pow(10, decade)];
        return new NumericManual([.. values.Select(Math.Log10)], [.. values.Select(v => v.ToString("0.###", CultureInfo.InvariantCulture))]);
    }
}
