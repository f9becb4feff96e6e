using System.Globalization;
using System.Text;

namespace FastRing.Perf;

/// <summary>A folder of perf-results/: rows, plots, and what machine, commit and command they are of.</summary>
internal static class ResultFolder
{
    /// <summary>Keeps a run, replacing one of the same command and day, and lists it in the index.</summary>
    /// <returns>The folder.</returns>
    public static string Save(string command, string arguments, IReadOnlyList<Row> rows, MachineState machine)
    {
        string results = Path.Combine(Repository.Root, "perf-results");
        string name = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}-{command}");
        string folder = Directory.CreateDirectory(Path.Combine(results, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "rows.json"), Report.Json(rows) + "\n");
        List<string> plots = Plots(command, rows, folder);
        File.WriteAllText(Path.Combine(folder, "README.md"), Summary(name, arguments, rows, machine, plots));
        AddToIndex(Path.Combine(results, "README.md"), name, command);
        return folder;
    }

    private static List<string> Plots(string command, IReadOnlyList<Row> rows, string folder)
    {
        var plots = new List<string>();
        foreach (IGrouping<string, Row> unit in rows.GroupBy(r => r.Unit))
        {
            string plot = $"{command}-{unit.Key.Replace('/', '-').Replace(' ', '-')}.png";
            Plot.Save([.. unit], $"FastRing: {command}", Path.Combine(folder, plot));
            plots.Add(plot);
        }

        plots.AddRange(TradeOffPlot.SaveAll(command, rows, folder));
        return plots;
    }

    private static string Summary(string name, string arguments, IReadOnlyList<Row> rows, MachineState machine, List<string> plots)
    {
        var text = new StringBuilder($"# {name}\n\n");
        foreach (string line in machine.Lines())
        {
            text.Append(CultureInfo.InvariantCulture, $"- {line}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"- commit {machine.Commit}\n\n    dotnet run -c Release --project bench/FastRing.Perf -- {arguments}\n\n");
        text.Append("| case | unit | min | median | max | compared with | its median | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (Row row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", Report.Cells(row).Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
        }

        text.Append('\n');
        plots.ForEach(p => text.Append(CultureInfo.InvariantCulture, $"![{p}]({p})\n"));
        return text.ToString();
    }

    private static void AddToIndex(string index, string name, string command)
    {
        string line = $"| [{name}]({name}/README.md) | {command} |";
        string text = File.ReadAllText(index);
        if (!text.Contains($"]({name}/README.md)", StringComparison.Ordinal))
        {
            File.WriteAllText(index, text.TrimEnd('\n') + "\n" + line + "\n");
        }
    }
}
