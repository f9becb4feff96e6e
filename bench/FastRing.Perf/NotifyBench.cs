using System.CommandLine;
using System.Globalization;
using FastRing.Workloads.Notify;

namespace FastRing.Perf;

/// <summary>What each way to wait and to gather notifications costs and gives, beside what the kernel needs to wake another thread and be woken.</summary>
internal sealed class NotifyBench
{
    /// <summary>Unit of the trade-off's other side.</summary>
    public const string NotificationsUnit = "notifications/1000 buffers";

    private const int RoundsAtOnce = 3;
    private const int Load = 20_000;
    private const string Limit = "eventfd ping-pong";
    private static readonly string[] s_waits = ["sleep", "adaptive", "poll"];
    private static readonly string[] s_coalescings = ["immediate", "count:8", "count:32", "time:50", "time:200", "adaptive:32,50"];
    private static readonly string[] s_quickCoalescings = ["immediate", "adaptive:32,50"];

    private readonly Option<string[]> _waits = Several("--wait", "Only these ways to wait: sleep, adaptive, poll.");
    private readonly Option<string[]> _coalescings = Several("--coalesce", "Only these ways to gather notifications: immediate, count:N, time:US, adaptive:N,US.");

    public NotifyBench() => _waits.AcceptOnlyFromAmong(s_waits);

    public void AddTo(Command command)
    {
        command.Add(_waits);
        command.Add(_coalescings);
    }

    public IReadOnlyList<Row> Run(PerfRequest request, ParseResult parsed, MachineState machine)
    {
        NotifyRounds[] all = [.. Settings(request, parsed).Select(s => new NotifyRounds(s))];
        for (int turn = 0; turn < (request.IsQuick ? 1 : Math.Max(2, request.Runs / RoundsAtOnce)); turn++)
        {
            foreach (NotifyRounds rounds in all)
            {
                Progress.Say(rounds.Name);
                rounds.Add(Measure(rounds.Setting, request));
            }
        }

        machine.Remarks.Add($"{all.Sum(r => r.Dropped)} rounds dropped: the processors were far apart before or after them.");
        machine.Remarks.Add("A device that echoes 64 bytes behind a vhost-user connection, on processor 1; its driver, on processor 0, sleeps when there is nothing to do. Split ring of 256 with event index.");
        machine.Remarks.Add($"Round trip: one buffer after the other. Paced: {Load} a second, taken back when notified. Throughput: as many as the ring holds (128), always.");
        machine.Remarks.Add("Ping-pongs: two threads on the same processors, each asleep in a read until the other wrote; between the runs, in the same processes.");
        return Rows(all);
    }

    /// <summary>Those asked for, and the usual one, which is what the others are compared with.</summary>
    private IEnumerable<NotifySetting> Settings(PerfRequest request, ParseResult parsed)
    {
        string[] waits = parsed.GetValue(_waits) is { Length: > 0 } some ? some : s_waits;
        string[] coalescings = parsed.GetValue(_coalescings) is { Length: > 0 } chosen ? chosen : request.IsQuick ? s_quickCoalescings : s_coalescings;
        return waits.SelectMany(w => coalescings.Select(c => new NotifySetting(w, c))).Prepend(NotifySetting.Default).Distinct();
    }

    private static NotifyMeasurement Measure(NotifySetting setting, PerfRequest request) => NotifyMeasurement.Parse(WorkloadProgram.Jit.Output(
    [
        "notify", .. setting.WorkloadOptions, "--mode", "round-trip", "paced", "throughput",
        "--load", Load.ToString(CultureInfo.InvariantCulture),
        "--runs", RoundsAtOnce.ToString(CultureInfo.InvariantCulture),
        "--seconds", request.IsQuick ? "0.2" : "0.5",
    ]));

    private static List<Row> Rows(NotifyRounds[] all)
    {
        NotifyRound[] counted = [.. all.SelectMany(r => r.Counted)];
        NotifyRounds usual = all.Single(r => r.Setting == NotifySetting.Default);
        IEnumerable<Row> BesideLimit(NotifyMode mode, string name) => all.Select(
            r => Row.Of("notify", $"{name}, {r.Name}", "us", r.Values(mode, f => f.MedianUs), Limit, r.Counted.Select(c => c.EventFdUs)) with { Curve = r.Curve(mode) });
        IEnumerable<Row> BesideDefault(NotifyMode mode, string name, string unit, Func<NotifyFigures, double?> value) => all.Select(
            r => Row.Of("notify", $"{name}, {r.Name}", unit, r.Values(mode, value), $"{usual.Setting}", usual.Values(mode, value)));
        string paced = $"paced {Load}/s";
        return
        [
            Row.Of("notify", "pipe ping-pong, 64 B", "us", counted.Select(r => r.PipeUs), Limit, counted.Select(r => r.EventFdUs)),
            Row.Of("notify", "unix socket ping-pong, 64 B", "us", counted.Select(r => r.UnixSocketUs), Limit, counted.Select(r => r.EventFdUs)),
            .. BesideLimit(NotifyMode.RoundTrip, "round trip"),
            .. BesideDefault(NotifyMode.RoundTrip, "round trip", "us p99", f => f.P99Us),
            .. BesideLimit(NotifyMode.Paced, paced),
            .. BesideDefault(NotifyMode.Paced, paced, "us p99", f => f.P99Us),
            .. BesideDefault(NotifyMode.Paced, paced, NotificationsUnit, f => f.NotificationsPerThousand),
            .. BesideDefault(NotifyMode.Paced, paced, "percent device CPU", f => f.DevicePercent),
            .. BesideDefault(NotifyMode.Paced, paced, "percent driver CPU", f => f.DriverPercent),
            .. BesideDefault(NotifyMode.Throughput, "throughput", "Mbuffers/s", f => f.BuffersPerSecond / 1e6),
            .. BesideDefault(NotifyMode.Throughput, "throughput", NotificationsUnit, f => f.NotificationsPerThousand),
            .. BesideDefault(NotifyMode.Throughput, "throughput", "kicks/1000 buffers", f => f.KicksPerThousand),
            .. BesideDefault(NotifyMode.Throughput, "throughput", "percent device CPU", f => f.DevicePercent),
            .. BesideDefault(NotifyMode.Throughput, "throughput", "percent driver CPU", f => f.DriverPercent),
        ];
    }

    private static Option<string[]> Several(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
}
