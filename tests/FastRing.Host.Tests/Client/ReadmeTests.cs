using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FastRing.Host.Attaching;
using FastRing.Host.Client;
using FastRing.Host.Doctor;
using FastRing.Host.Keeping;
using FastRing.Host.Management.Contract;
using FastRing.Host.Recordings;
using FastRing.Host.Serving;

namespace FastRing.Host.Tests.Client;

/// <summary>The JSON that the program's README promises is the JSON there is: no member less, no member more.</summary>
public sealed class ReadmeTests
{
    private static readonly PortState Port = Examples.Port("vm0", "a", 3) with
    {
        Limits = new LimitsConfig { ToHost = new RateConfig { BytesPerSecond = 1 } },
        Size = new TerminalSize(80, 24),
    };

    [Fact]
    public void Every_example_has_the_members_the_program_prints()
    {
        Check("error", new ErrorReport(new Problem("t", "d", null), 4), ClientJson.Default.ErrorReport);
        Check("list", [Examples.Guest("vm0", Port)], ClientJson.Default.GuestStateArray);
        Check("add, remove, limit, resize, disconnect", Examples.Port("vm0", "a", 3) with { Session = new SessionState(Guid.NewGuid(), true, 1, 2) }, ClientJson.Default.PortState);
        Check("attach", new AttachReport(Examples.Port("vm0", "a", 3), AttachEnd.PortEnded), ClientJson.Default.AttachReport);
        Check("events", new EventRecord(7, DateTimeOffset.UnixEpoch, "vm0", "a", 3, "limitsChanged", null), ClientJson.Default.EventRecord);
        Check("top", TopSample.Between([], [Examples.Guest("vm0", Port)], DateTimeOffset.UnixEpoch, 1), ClientJson.Default.TopSample);
        Check("record", new Recorded(5, 612, "as asked"), ClientJson.Default.Recorded);
        Check("replay", new ReplayReport(5, 6, 6, ["a"]), ClientJson.Default.ReplayReport);
        Check("reload", new ReloadResult(["a"], ["b"], ["c"], 5), ClientJson.Default.ReloadResult);
        Check("upgrade", new UpgradeAnswer("p", 1, null), KeptJson.Default.UpgradeAnswer);
        Check("doctor", DoctorReport.Of([new Finding("a", FindingState.Fails, "b", "c", "d")]), DoctorJson.Default.DoctorReport);
        Check("agent exec", new AgentExecResult(0, null, "", "", false), ClientJson.Default.AgentExecResult);
        Check("agent shutdown, reboot, halt, suspend", new AgentRequested("vm0", "shutdown"), ClientJson.Default.AgentRequested);
    }

    [Fact]
    public void Every_exit_code_of_the_help_is_in_the_table()
    {
        string readme = Text();
        foreach (string code in ExitCode.Help.Split('\n').Select(l => l.Trim().Split(' ')[0]).Where(w => int.TryParse(w, out _)))
        {
            Assert.Contains($"| {code} |", readme, StringComparison.Ordinal);
        }
    }

    private static void Check<T>(string heading, T value, JsonTypeInfo<T> type)
    {
        string readme = Text();
        int section = readme.IndexOf($"\n#### {heading}\n", StringComparison.Ordinal);
        Assert.True(section >= 0, $"no section '{heading}'");
        int start = readme.IndexOf("```json\n", section, StringComparison.Ordinal) + 8;
        JsonElement documented = JsonDocument.Parse(readme[start..readme.IndexOf("\n```", start, StringComparison.Ordinal)]).RootElement;
        JsonElement real = JsonSerializer.SerializeToElement(value, type);
        Compare(heading, documented, real);
    }

    /// <summary>Where one of the two is null, it says nothing about the members.</summary>
    private static void Compare(string path, JsonElement documented, JsonElement real)
    {
        if (documented.ValueKind is JsonValueKind.Null || real.ValueKind is JsonValueKind.Null)
        {
            return;
        }

        Assert.True(documented.ValueKind == real.ValueKind || (documented.ValueKind, real.ValueKind) is (JsonValueKind.True, JsonValueKind.False) or (JsonValueKind.False, JsonValueKind.True), path);
        if (documented.ValueKind is JsonValueKind.Array)
        {
            Compare($"{path}[]", documented[0], real[0]);
        }
        else if (documented.ValueKind is JsonValueKind.Object)
        {
            Assert.Equal(documented.EnumerateObject().Select(m => m.Name), real.EnumerateObject().Select(m => m.Name));
            foreach (JsonProperty member in documented.EnumerateObject())
            {
                Compare($"{path}.{member.Name}", member.Value, real.GetProperty(member.Name));
            }
        }
    }

    private static string Text([CallerFilePath] string path = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "../../../device/FastRing.Host/README.md"));
}
