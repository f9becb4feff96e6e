using System.CommandLine;
using System.Globalization;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>Bytes and messages through a port of the console device, beside what a program has without one.</summary>
internal sealed class PortBench
{
    private const int QuickRuns = 5;
    private const double IdleProcessorLimit = 0.5;
    private const double IdleResidentLimit = 64;
    private const string Pipe = "System.IO.Pipelines.Pipe, two threads";
    private const string TunedPipe = "the same with a pool of its own, of 64 KiB segments";
    private const string Ring = "bare ring, both sides polling";
    private const string Sockets = "unix socket pair, two threads";

    private readonly Option<string[]> _cases = new("--case")
    {
        Description = "Only cases whose names begin so.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public void AddTo(Command command) => command.Add(_cases);

    public IReadOnlyList<Row> Run(PerfRequest request, ParseResult parsed, MachineState machine)
    {
        string[] chosen = parsed.GetValue(_cases)!;
        bool IsChosen(string name) => chosen.Length == 0 || chosen.Any(c => name.StartsWith(c, StringComparison.Ordinal));
        var rows = new List<Row>();
        foreach ((ComparedWorkload what, string? allocated) in Workloads().Where(w => IsChosen(w.What.Case) || (w.Allocated is { } name && IsChosen(name))))
        {
            Measurement measured = what.Measure(request.IsQuick ? QuickRuns : 3 * request.Runs);
            rows.Add(what.Row(measured));
            rows.AddRange(allocated is null ? [] : [what.AllocatedRow(allocated, measured)]);
        }

        rows.AddRange(IsChosen("idle-511-cpu") ? [Idle("idle-511-cpu", IdleProcessorLimit, request)] : []);
        rows.AddRange(IsChosen("idle-511-rss") ? [Idle("idle-511-rss", IdleResidentLimit, request, "--resident")] : []);
        machine.Remarks.Add("Both sides in one process, the device behind a vhost-user connection; the driver fills every buffer, the reader looks at every byte. Both sleep while there is nothing to do, but in roundtrip-poll, and but for a bare ring, whose sides poll.");
        machine.Remarks.Add("The pipe has 4 MiB under way at the most, as the port has, is written 64 KiB at a time, and its two threads have a processor each; it is there as a program makes it with no thought of memory, and with segments as long as a write that are never thrown away. Sockets: what is written lies ready, in the guest's memory and in the peer's. Whoever reads has a processor, whoever writes the other: the guest and the device share it, or (guest-beside-reader) the guest shares the reader's, and every notification interrupts that.");
        machine.Remarks.Add("511 ports: a console and 510 with a unix socket each, all open in the guest; driver and device without vhost-user, which numbers 256 queues.");
        return rows;
    }

    private static IEnumerable<(ComparedWorkload What, string? Allocated)> Workloads() =>
    [
        (new("port", "inprocess-64KiB", Pipe, "port", "--case", "in-place"), "allocated"),
        (new("port", "inprocess-64KiB-tuned-pipe", TunedPipe, "port", "--case", "in-place-tuned-pipe"), null),
        (new("port", "inprocess-64KiB-ring", Ring, "port", "--case", "in-place-ring"), null),
        (new("port", "inprocess-64KiB-private", Pipe, "port", "--case", "private"), "allocated-private"),
        (new("port", "inprocess-64KiB-private-tuned-pipe", TunedPipe, "port", "--case", "private-tuned-pipe"), null),
        (new("port", "inprocess-64KiB-to-guest", Pipe, "port", "--case", "to-guest"), "allocated-to-guest"),
        (new("port", "socket-64KiB", Sockets, "port", "--case", "socket"), "allocated-socket"),
        (new("port", "socket-64KiB-guest-beside-reader", Sockets, "port", "--case", "socket-guest-beside-reader"), null),
        (new("port", "roundtrip-poll", Ring, "port", "--case", "round-trip"), null),
        (new("port", "roundtrip-socket", Sockets, "port", "--case", "round-trip-socket"), null),
        (new("port", "idle-511-busy", "the same port alone", "port", "--case", "beside-idle"), null),
    ];

    private static Row Idle(string name, double limit, PerfRequest request, params string[] options)
    {
        Progress.Say(name);
        string runs = Math.Min(request.Runs, 3).ToString(CultureInfo.InvariantCulture);
        Measurement measured = WorkloadProgram.Jit.Run(["idle", "--runs", runs, .. options]);
        return Row.Of("port", name, measured.Unit, measured.Values, "the limit", [limit]);
    }
}
