using System.Text.Json.Nodes;

namespace FastRing.EndToEnd.Results;

/// <summary>The page that `report` makes of results, as a browser has it.</summary>
public sealed class ReportTests
{
    [Fact]
    public async Task The_page_of_the_kept_results_has_every_bench_and_draws_it_and_asks_nobody_for_anything()
    {
        using var folder = new TemporaryFolder();
        string page = folder["page.html"];
        string results = Path.Combine(Programs.Checkout(), "perf-results");
        await Programs.RunAsync(Programs.Perf, ["report", "--results", results, "--output", page]);

        await using ReadPage read = await ReadPage.OpenAsync(page);

        Assert.Equal([new Uri(page).AbsoluteUri], read.Requests);
        Assert.Empty(read.Complaints);
        string[] sections = await read.AskAsync<string[]>("[...document.querySelectorAll('section.bench')].map(s => s.id)");
        Assert.Superset(Benches(results).Select(b => $"ratios-{b}").ToHashSet(), sections.ToHashSet());
        Assert.Contains("throughput-port", sections);
        Assert.Contains("latency-agent", sections);
        Assert.Contains("tradeoffs-notify", sections);
        Assert.Contains("history-ring", sections);
        Assert.InRange(await read.AskAsync<int>("document.querySelectorAll('svg').length"), 100, int.MaxValue);
        Assert.Equal(0, await read.AskAsync<int>("[...document.querySelectorAll('svg')].filter(s => !(s.getBoundingClientRect().width > 0 && s.getBoundingClientRect().height > 0)).length"));
        Assert.InRange(await read.AskAsync<int>("document.images.length"), 5, int.MaxValue);
        Assert.Equal(0, await read.AskAsync<int>("[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).length"));
        Assert.Equal(0, await read.AskAsync<int>("[...document.querySelectorAll('section.bench')].filter(s => !s.querySelector('.about')?.textContent.includes('bench/FastRing.Perf -- ')).length"));
        Assert.NotEqual(await BackgroundAsync(read, "light"), await BackgroundAsync(read, "dark"));
    }

    [Fact]
    public async Task What_is_hostile_in_a_result_is_shown_as_text_and_a_file_that_is_none_is_named_and_left_out()
    {
        const string Script = "<script>document.title='owned'</script>";
        const string Markup = "\"><img src=http://127.0.0.1:9/x onerror=alert(1)>";
        using var folder = new TemporaryFolder();
        Save(folder, "2026-01-01-evil", new JsonArray(Row("x' onload=alert(1) y", Script, Markup, 2)).ToJsonString(), $"# {Script}\n\n- {Markup}\n- commit {Script}\n\n    {Markup}\n");
        Save(folder, "2026-01-02-broken", "[{\"bench\": \"br\u001boken\"", "# broken\n");
        Save(folder, "2026-01-03-endless", new JsonArray(Row("endless", "a case", "a peer", 2)).ToJsonString().Replace("2", "1e999", StringComparison.Ordinal), "# endless\n");
        Save(folder, "2026-01-04-nameless", "[{}]", "# nameless\n");
        Save(folder, "2026-01-05-good", new JsonArray(Row("good", "a good case", "a peer", 2)).ToJsonString(), "# good\n");
        string page = folder["page.html"];

        (int exit, string output, string error) = await Programs.TryRunAsync(Programs.Perf, ["report", "--results", folder.FullName, "--output", page]);

        Assert.True(exit == 0, error);
        Assert.Equal(new Uri(page).AbsoluteUri, output.Trim());
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Collection(
            lines,
            line => Assert.StartsWith("report: left out: 2026-01-02-broken/rows.json: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("report: left out: 2026-01-03-endless/rows.json: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("report: left out: 2026-01-04-nameless/rows.json: ", line, StringComparison.Ordinal));
        Assert.DoesNotContain(error, c => char.IsControl(c) && c != '\n');

        await using ReadPage read = await ReadPage.OpenAsync(page);

        Assert.Equal([new Uri(page).AbsoluteUri], read.Requests);
        Assert.Empty(read.Complaints);
        Assert.Equal("FastRing: results", await read.AskAsync<string>("document.title"));
        Assert.Equal(0, await read.AskAsync<int>("document.scripts.length + document.querySelectorAll('[onerror], [onload]').length"));
        string text = await read.AskAsync<string>("document.body.textContent");
        Assert.Contains(Script, text, StringComparison.Ordinal);
        Assert.Contains(Markup, text, StringComparison.Ordinal);
        Assert.Contains("a good case", text, StringComparison.Ordinal);
        Assert.Contains("2026-01-02-broken/rows.json", text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Benches(string results) => Directory.GetDirectories(results)
        .SelectMany(folder => Directory.GetFiles(folder, "*.json"))
        .SelectMany(file => JsonNode.Parse(File.ReadAllText(file))!.AsArray())
        .Select(row => row!["bench"]!.GetValue<string>())
        .Distinct();

    private static async Task<string> BackgroundAsync(ReadPage read, string scheme)
    {
        await read.PreferAsync(scheme);
        return await read.AskAsync<string>("getComputedStyle(document.body).backgroundColor");
    }

    private static void Save(TemporaryFolder folder, string name, string rows, string notes)
    {
        Directory.CreateDirectory(folder[name]);
        File.WriteAllText(Path.Combine(folder[name], "rows.json"), rows);
        File.WriteAllText(Path.Combine(folder[name], "README.md"), notes);
    }

    private static JsonObject Row(string bench, string what, string peer, double value) => new()
    {
        ["bench"] = bench,
        ["case"] = what,
        ["unit"] = "GB/s",
        ["value"] = new JsonObject { ["min"] = 1, ["median"] = value, ["max"] = 3 },
        ["peer"] = new JsonObject { ["name"] = peer, ["median"] = 1, ["curve"] = Curve() },
        ["ratio"] = 2,
        ["curve"] = Curve(),
    };

    private static JsonObject Curve() => new() { ["percents"] = new JsonArray(0, 50, 90, 100), ["values"] = new JsonArray(1, 2, 3, 4) };
}
