using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace FastRing.Perf;

/// <summary>Shows rows to people and writes them for programs.</summary>
internal static class Report
{
    public static int Show(IReadOnlyList<Row> rows, string? json)
    {
        if (json is not null)
        {
            string text = JsonSerializer.Serialize(rows, RowJson.Default.IReadOnlyListRow);
            if (json == "-")
            {
                System.Console.WriteLine(text);
                return 0;
            }

            File.WriteAllText(json, text + "\n");
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 160);
        var table = new Table().AddColumns("case", "unit", "min", "median", "max", "compared with", "its median", "ratio");
        foreach (Row row in rows)
        {
            table.AddRow(row.Case, row.Unit, Text(row.Value.Min), Text(row.Value.Median), Text(row.Value.Max), row.Peer.Name, Text(row.Peer.Median), Text(row.Ratio));
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"{Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg").Trim()}, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, .NET {Environment.Version}");
        return 0;
    }

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
