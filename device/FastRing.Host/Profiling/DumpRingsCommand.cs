using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FastRing.Console.Diagnostics;
using FastRing.Console.Spec;
using FastRing.Host.Client;
using FastRing.Host.Commands;
using FastRing.Profiling;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Diagnostics;
using Spectre.Console;

namespace FastRing.Host.Profiling;

/// <summary><c>fastring dump-rings</c>: every ring of a process, and what its ports wait for, in words.</summary>
internal static class DumpRingsCommand
{
    private static readonly Argument<int> Target = ProcessArgument.Create();
    private static readonly Option<string?> Device = new("--device") { Description = "Only this device: a guest's name.", HelpName = "NAME" };
    private static readonly Option<int?> Port = new("--port") { Description = "Only this port number and its two queues.", HelpName = "N" };
    private static readonly Option<bool> Chains = new("--chains") { Description = "The chains on each ring too, descriptor by descriptor." };

    public static Command Create()
    {
        var command = new Command("dump-rings", "Show every ring of a process that embeds FastRing, and what its ports wait for.") { Target, Device, Port, Chains, ClientCommand.Json };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>A row a ring.</summary>
    public static Table TableOf(IEnumerable<RingDump.Of<RingReport>> rings)
    {
        Table table = Output.Columns("DEVICE", "QUEUE", "STATE", "LAYOUT", "SIZE", "AVAILABLE", "NEXT", "USED", "IN FLIGHT", "WAITING", "DRIVER WANTS", "DEVICE WANTS", "CHAINS");
        foreach ((string device, RingReport report) in rings)
        {
            string state = report.Error is { } error ? $"{report.State}: {error}" : report.IsEnabled ? report.State : $"{report.State}, disabled";
            string chains = report.Chains.ToString(CultureInfo.InvariantCulture);
            if (report.Ring is not { } ring)
            {
                table.Row(device, $"{report.Queue}", state, "-", "-", "-", "-", "-", "-", "-", "-", "-", chains);
                continue;
            }

            table.Row(
                device, $"{report.Queue}", state, ring.IsPacked ? "packed" : "split", $"{ring.Size}", ring.Available is { } available ? $"{available}" : "-", Place(ring, ring.Next),
                Place(ring, ring.Published), $"{ring.InFlightCount}", $"{ring.WaitingCount}", ring.DriverEvents, ring.DeviceEvents, chains);
        }

        return table;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        IReadOnlyList<Report> reports = await Reports.AskAsync(parsed.Open(Target), cancellation);
        string? device = parsed.GetValue(Device);
        int? port = parsed.GetValue(Port);
        var dump = new RingDump(
            [.. Of(reports, device, RingReport.Kind, ProfilingJson.Default.RingReport).Where(r => port is not { } n || r.Report.Queue == QueueMap.ReceiveQueue(n) || r.Report.Queue == QueueMap.TransmitQueue(n))],
            [.. Of(reports, device, PortReport.Kind, ProfilingJson.Default.PortReport).Where(p => port is not { } n || p.Report.Number == n)]);
        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(dump, ProfilingJson.Default.RingDump);
            return ExitCode.Ok;
        }

        Output.Show(TableOf(dump.Rings));
        if (parsed.GetValue(Chains))
        {
            dump.Rings.ToList().ForEach(ring => Show(ring.Device, ring.Report));
        }

        foreach ((string of, PortReport report) in dump.Ports)
        {
            string name = report.Name.Length > 0 ? report.Name : $"{report.Number}";
            string findings = report.Findings.Count > 0 ? string.Join("; ", report.Findings) : "open, and nothing waits";
            Output.Line(PlainText.Of($"{of}/{name} (port {report.Number}): {findings}"));
        }

        return ExitCode.Ok;
    }

    private static IEnumerable<RingDump.Of<T>> Of<T>(IEnumerable<Report> reports, string? device, string kind, JsonTypeInfo<T> type) =>
        from report in reports
        where report.Kind == kind && (device is null || report.Device == device)
        select new RingDump.Of<T>(report.Device, JsonSerializer.Deserialize(report.Json, type)!);

    private static void Show(string device, RingReport report)
    {
        foreach ((string what, ChainSnapshot chain) in (report.Ring?.InFlight ?? []).Select(c => ("in flight", c)).Concat((report.Ring?.Waiting ?? []).Select(c => ("waiting", c))))
        {
            Output.Line(PlainText.Of($"{device} queue {report.Queue}: {what}: id {chain.Id} at {chain.Place}{(chain.IsCut ? ", its first descriptors" : "")}"));
            foreach (DescriptorSnapshot descriptor in chain.Descriptors)
            {
                string kind = (descriptor.Flags & DescriptorFlags.Indirect) != 0 ? "table" : (descriptor.Flags & DescriptorFlags.Write) != 0 ? "device writes" : "device reads";
                Output.Line($"  0x{descriptor.Address:x} {descriptor.Length} {kind}");
            }
        }
    }

    /// <summary>A packed ring's place has its wrap counter.</summary>
    private static string Place(RingSnapshot ring, ushort place) => ring.IsPacked ? $"{place & 0x7fff}/{place >> 15}" : $"{place}";
}
