using System.Globalization;
using System.Text.Json.Nodes;

namespace FastRing.EndToEnd;

/// <summary>What CI gates, run as a user runs it: what a chain may allocate, ask of the kernel and execute.</summary>
[Collection(nameof(Alone))]
public sealed class GateTests
{
    private const string Split = "chains --ring split";
    private const string Instructions = "instructions/chain";

    /// <summary>It compiles ahead of time first; on a quiet machine it is done in a minute.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_rings_keep_within_the_budget_and_what_exceeds_it_fails_the_gate_and_is_named()
    {
        using var folder = new TemporaryFolder();
        JsonNode budget = JsonNode.Parse(File.ReadAllText(Path.Combine(Programs.Checkout(), "perf-results", "budget.json")))!;
        JsonNode instructions = budget["instructionsPerChain"]!;
        double limit = instructions[Split]!.GetValue<double>();
        instructions[Split] = 1;
        File.WriteAllText(folder["tight.json"], budget.ToJsonString());

        (int exit, string output, string error) = await GateAsync("--budget", folder["tight.json"]);

        Assert.True(exit == 1, $"{error}\n{output}");
        string over = Assert.Single(error.Split('\n'), line => line.StartsWith("over budget", StringComparison.Ordinal));
        Assert.Equal($"over budget: {Split}: {Median(output, Split, Instructions)} {Instructions}, limit 1", over);
        Assert.InRange(Number(output, Split), 10, limit);
        foreach (string ring in new[] { "split", "split-inorder", "packed", "packed-inorder" })
        {
            Assert.Equal("0", Median(output, $"{ring}, chains, one thread", "B/operation"));
            Assert.Equal("0", Median(output, $"{ring}, messages, two threads", "B/operation"));
            Assert.Equal("0", Median(output, $"{ring}, both sides polling", "system calls/million"));
            Assert.Equal("0", Median(output, $"{ring}, both sides polling", "collections/million"));
        }

        // A chain takes some instructions: a gate that counts none passes whatever happens.
        foreach (string ring in new[] { "split", "packed" })
        {
            foreach (string chain in new[] { "", " --descriptors 2", " --descriptors 4", " --event-index", " --descriptors 2 --event-index", " --descriptors 4 --event-index" })
            {
                Assert.InRange(Number(output, $"chains --ring {ring}{chain}"), 10, 1000);
            }
        }
    }

    private static double Number(string output, string what) => double.Parse(Median(output, what, Instructions), CultureInfo.InvariantCulture);

    private static Task<(int Exit, string Output, string Error)> GateAsync(params string[] options) =>
        Programs.TryRunAsync(Programs.Perf, ["gate", .. options], folder: Programs.Checkout(), patience: s_patience);

    /// <summary>A cell of the table: case, unit, min, median.</summary>
    private static string Median(string table, string what, string unit)
    {
        IEnumerable<string[]> rows = table.Split('\n').Select(line => line.Trim().Split('│', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return Assert.Single(rows, cells => cells.Length > 3 && cells[0] == what && cells[1] == unit)[3];
    }
}
