using System.Runtime.InteropServices;
using System.Text.Json;
using FastRing.Host;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.EventPipe;

namespace FastRing.EndToEnd;

/// <summary>The real daemon, with a Linux guest at work, looked into from outside.</summary>
[Collection(nameof(Alone))]
public sealed class ProfilingTests
{
    [Fact]
    public async Task A_daemon_at_work_shows_its_counters_its_stacks_and_where_its_time_goes()
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        await rig.InGuestAsync(
            "exec 3<>/dev/virtio-ports/org.example.third; cat <&3 >/dev/null 2>&1 & (until [ -e /tmp/stop ]; do dd if=/dev/zero bs=32k count=64 >&3; done) >/dev/null 2>&1 &");
        string daemon = $"{rig.DaemonProcessId}";

        JsonElement[] values = [.. (await JsonAsync("counters", daemon, "--once", "--json")).GetProperty("values").EnumerateArray()];
        JsonElement io = Assert.Single(values, v => Is(v, "instrument", "fastring.port.io") && Is(v, "tags", "device=vm0,direction=to_host,port=org.example.third"));
        Assert.True(io.GetProperty("value").GetDouble() > 0);
        Assert.True(io.GetProperty("perSecond").GetDouble() > 0);
        Assert.Equal("By", io.GetProperty("unit").GetString());
        Assert.Contains(values, v => Is(v, "instrument", "fastring.queue.chains") && v.GetProperty("tags").GetString()!.StartsWith("device=vm0,queue=", StringComparison.Ordinal));
        Assert.Contains(values, v => Is(v, "instrument", "fastring.backend.connected") && v.GetProperty("value").GetDouble() == 1);

        Assert.Contains(values, v => Is(v, "instrument", "fastring.queue.chains_per_publication") && v.GetProperty("value").GetDouble() >= 1);
        await LatencyAsync(daemon);

        JsonElement stacks = await JsonAsync("stacks", daemon, "--json");
        Assert.Contains(stacks.EnumerateArray(), t => t.GetProperty("frames").EnumerateArray().Any(f => f.GetString()!.Contains("FastRing.Workers.Worker.Loop", StringComparison.Ordinal)));

        // A processor that others have may leave the sampler no look at the pump in two seconds.
        JsonElement report = default;
        string folded = "";
        for (int recording = 0; recording < 5 && !folded.Contains("TransmitPump", StringComparison.Ordinal); recording++)
        {
            report = await JsonAsync("trace", daemon, "--duration", "2", "--output", rig["seen"], "--batches", "--json");
            Assert.True(report.GetProperty("samples").GetInt32() > 0);
            folded = await File.ReadAllTextAsync(report.GetProperty("folded").GetString()!);
        }

        Assert.Contains("TransmitPump", folded, StringComparison.Ordinal);
        using JsonDocument speedscope = JsonDocument.Parse(await File.ReadAllTextAsync(report.GetProperty("speedscope").GetString()!));
        Assert.Contains(
            speedscope.RootElement.GetProperty("shared").GetProperty("frames").EnumerateArray(), f => f.GetProperty("name").GetString()!.Contains("TransmitPump", StringComparison.Ordinal));
        Assert.True(MillisecondsBetweenLooks(rig["seen.nettrace"]) > 5); // Ten were asked for; a runtime takes one millisecond by itself.
        Assert.Equal("echo", await rig.InGuestAsync(">/tmp/stop; echo echo"));
    }

    /// <summary>The median for the thread that was looked at most.</summary>
    private static double MillisecondsBetweenLooks(string trace)
    {
        var looks = new Dictionary<int, List<double>>();
        using var source = new EventPipeEventSource(trace);
        new SampleProfilerTraceEventParser(source).ThreadSample += e => (CollectionsMarshal.GetValueRefOrAddDefault(looks, e.ThreadID, out _) ??= []).Add(e.TimeStampRelativeMSec);
        source.Process();
        double[] times = [.. looks.Values.MaxBy(t => t.Count) ?? []];
        Assert.True(times.Length > 2, "it was hardly looked at");
        return times.Zip(times.Skip(1), (a, b) => b - a).Order().ElementAt(times.Length / 2 - 1);
    }

    [Theory]
    [InlineData("there is no process 999999999", ExitCode.Failed, "counters", "999999999")]
    [InlineData("has no diagnostics socket", ExitCode.Failed, "stacks", "1")]
    [InlineData("expected the number of a process", ExitCode.Usage, "trace", "one")]
    [InlineData("expected seconds", ExitCode.Usage, "trace", "1", "--duration", "0")]
    [InlineData("expected whole seconds", ExitCode.Usage, "counters", "1", "--interval", "0.5")]
    public async Task What_cant_be_looked_into_is_named(string expected, int exitCode, params string[] arguments)
    {
        (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, arguments);
        Assert.Equal(exitCode, exit);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    private static async Task LatencyAsync(string daemon)
    {
        JsonElement look = await JsonAsync("counters", daemon, "--latency", "--once", "--json");
        Assert.Equal(0, look.GetProperty("values").GetArrayLength());
        JsonElement[] all = [.. look.GetProperty("distributions").EnumerateArray().Where(d => Is(d, "tags", "device=vm0,direction=to_host,port=org.example.third"))];
        Assert.Equal([("fastring.port.batch", "{buffer}"), ("fastring.port.latency", "s")], all.Select(d => (d.GetProperty("instrument").GetString()!, d.GetProperty("unit").GetString()!)));
        Assert.All(all, d =>
        {
            (double p50, double p95, double p99) = (d.GetProperty("p50").GetDouble(), d.GetProperty("p95").GetDouble(), d.GetProperty("p99").GetDouble());
            Assert.True(d.GetProperty("count").GetInt64() > 0 && p50 > 0 && p50 <= p95 && p95 <= p99, $"{d}");
        });

        string table = await Programs.RunAsync(Programs.FastRing, ["counters", daemon, "--latency", "--once"]);
        Assert.Matches("fastring.port.latency +device=vm0,direction=to_host,port=org.example.third +[0-9., ]+µs", table);
    }

    private static async Task<JsonElement> JsonAsync(params string[] arguments) => JsonDocument.Parse(await Programs.RunAsync(Programs.FastRing, arguments)).RootElement;

    private static bool Is(JsonElement value, string member, string text) => value.GetProperty(member).GetString() == text;
}
