using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace FastRing.Perf;

/// <summary>Shows rows to people and writes them for programs.</summary>
internal static class Report
{
    public static string Json(IReadOnlyList<Row> rows) => JsonSerializer.Serialize(rows, RowJson.Default.IReadOnlyListRow);

    public static void Show(IReadOnlyList<Row> rows, MachineState machine, string? json)
    {
        if (json == "-")
        {
            System.Console.WriteLine(Json(rows));
            return;
        }

        if (json is not null)
        {
            File.WriteAllText(json, Json(rows) + "\n");
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 180);
        var table = new Table().AddColumns("case", "unit", "min", "median", "max", "compared with", "its median", "ratio");
        foreach (Row row in rows)
        {
            table.AddRow(Cells(row).Select(c => new Markup(Markup.Escape(c))));
        }

        AnsiConsole.Write(table);
        foreach (string line in machine.Lines())
        {
            AnsiConsole.MarkupLineInterpolated($"{line}");
        }
    }

    /// <summary>What a table shows of a row.</summary>
    public static string[] Cells(Row row) =>
        [row.Case, row.Unit, Text(row.Value.Min), Text(row.Value.Median), Text(row.Value.Max), row.Peer.Name, Text(row.Peer.Median), Text(row.Ratio)];

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
