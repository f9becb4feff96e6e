using System.Diagnostics;
using HdrHistogram;

namespace FastRing.Perf;

/// <summary>How long the management API takes with 511 ports, and what those who ask it cost a port's data path.</summary>
internal static class ManagementBench
{
    private const string Limit = "the limit";
    private const string Alone = "the same port while nobody asks";
    private const double LimitMs = 5;
    private const double LimitPercent = 1;
    private const int WarmLists = 300;
    private const int Lists = 500;

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_workersSlice = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(100);

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, MachineState machine)
    {
        using var daemon = new ManagedPorts();
        int runs = request.IsQuick ? 5 : 3 * request.Runs;
        List<LongHistogram> lists = await ListAsync(daemon, request.Runs);
        machine.Remarks.Add("list-511: GET /v1/guests, all state and counters, from the request to the last byte of its answer; by runs of 500.");
        machine.Remarks.Add("workers: what the threads that carry the guests' bytes spend on a client that asks 10 times a second, while nothing else happens; percent of one processor.");
        machine.Remarks.Add("overhead: a driver in another process writes buffers of 32 KiB to a port, by turns with and without a client that asks 10 times a second; GB/s.");
        return
        [
            Row.Of("management", "list-511 p50", "ms", lists.Select(l => Ms(l, 50)), Limit, [LimitMs]) with { Curve = PercentileCurve.Of(lists, PercentileCurve.NsPerMs) },
            Row.Of("management", "list-511 p99", "ms", lists.Select(l => Ms(l, 99)), Limit, [LimitMs]),
            await WorkersAsync(daemon, "workers-list", request.Runs, ListOftenAsync),
            await WorkersAsync(daemon, "workers-events", request.Runs, ReadEventsAsync),
            await OverheadAsync(daemon, "overhead-list", runs, ListOftenAsync),
            await OverheadAsync(daemon, "overhead-events", runs, ReadEventsAsync),
        ];
    }

    private static async Task<List<LongHistogram>> ListAsync(ManagedPorts daemon, int runs)
    {
        Progress.Say("list-511");
        using HttpClient client = daemon.Connect();
        await TimeListsAsync(client, WarmLists);
        var lists = new List<LongHistogram>();
        for (int i = 0; i < runs; i++)
        {
            lists.Add(await TimeListsAsync(client, Lists));
        }

        return lists;
    }

    private static async Task<LongHistogram> TimeListsAsync(HttpClient client, int count)
    {
        LongHistogram times = PercentileCurve.Times();
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await client.GetByteArrayAsync("/v1/guests");
            times.RecordValue((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }

        return times;
    }

    private static double Ms(LongHistogram times, double percentile) => times.GetValueAtPercentile(percentile) / PercentileCurve.NsPerMs;

    private static async Task<Row> WorkersAsync(ManagedPorts daemon, string name, int runs, Func<ManagedPorts, CancellationToken, Task> client)
    {
        Progress.Say(name);
        var spent = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            double before = daemon.WorkerSeconds;
            long start = Stopwatch.GetTimestamp();
            using (var done = new CancellationTokenSource(s_workersSlice))
            {
                await client(daemon, done.Token);
            }

            spent.Add(100 * (daemon.WorkerSeconds - before) / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return Row.Of("management", name, "percent of a processor", spent, Limit, [LimitPercent]);
    }

    /// <summary>Slices with and without the client, in turn.</summary>
    private static async Task<Row> OverheadAsync(ManagedPorts daemon, string name, int runs, Func<ManagedPorts, CancellationToken, Task> client)
    {
        Progress.Say(name);
        using var guest = new DrivenPort(daemon.StreamSocket, ManagedPorts.StreamPort);
        guest.Write(s_slice);
        var beside = new List<double>();
        var alone = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            alone.Add(guest.Write(s_slice));
            using var done = new CancellationTokenSource();
            Task asking = Task.Run(() => client(daemon, done.Token));
            beside.Add(guest.Write(s_slice));
            await done.CancelAsync();
            await asking;
        }

        return Row.Of("management", name, "GB/s", beside, Alone, alone);
    }

    private static async Task ListOftenAsync(ManagedPorts daemon, CancellationToken done)
    {
        using HttpClient client = daemon.Connect();
        while (!done.IsCancellationRequested)
        {
            await client.GetByteArrayAsync("/v1/guests", CancellationToken.None);
            await Task.Delay(s_between, CancellationToken.None);
        }
    }

    /// <summary>Reads events, and sees to it that there are some.</summary>
    private static async Task ReadEventsAsync(ManagedPorts daemon, CancellationToken done)
    {
        using HttpClient client = daemon.Connect();
        await using Stream events = await client.GetStreamAsync("/v1/events", CancellationToken.None);
        byte[] buffer = new byte[16 << 10];
        while (!done.IsCancellationRequested)
        {
            using HttpResponseMessage changed = await client.PutAsync(ManagedPorts.OtherPort + "/limits", null, CancellationToken.None);
            changed.EnsureSuccessStatusCode();
            _ = await events.ReadAsync(buffer, CancellationToken.None);
            await Task.Delay(s_between, CancellationToken.None);
        }
    }
}
