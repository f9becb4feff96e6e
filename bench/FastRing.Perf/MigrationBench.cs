using FastRing.VhostUser.Frontend;

namespace FastRing.Perf;

/// <summary>How long a guest that moves between two daemons stands still for them.</summary>
internal static class MigrationBench
{
    private const string Limit = "the limit";
    private const double LimitMs = 10;
    private const int MovesOfRun = 10;

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        machine.Remarks.Add("A guest writes buffers of 32 KiB to a port without a pause while it moves from one process of `fastring serve` to another, by FastRing's own frontend.");
        machine.Remarks.Add("backends: to stop the rings, to save the state and to load it, and to start the rings; whole pause: and to copy the pages that were dirty still.");
        var rows = new List<Row>();
        foreach ((string program, string kind) in Programs())
        {
            rows.AddRange(Moves($"split, {kind}", program, packed: false, request));
            rows.AddRange(Moves($"packed, {kind}", program, packed: true, request));
        }

        return rows;
    }

    private static IEnumerable<(string Program, string Kind)> Programs()
    {
        yield return (FastRingProgram.Built, "JIT, the destination's first guest");
        if (Environment.GetEnvironmentVariable("FASTRING_PROGRAM") is { } other)
        {
            yield return (other, Path.GetFileName(Path.GetDirectoryName(other)) ?? other);
        }
    }

    private static IEnumerable<Row> Moves(string ring, string program, bool packed, PerfRequest request)
    {
        Progress.Say(ring);
        var backends = new List<double>();
        var pauses = new List<double>();
        using var guest = new MigratingGuest(program, packed);
        for (int move = 0; move < request.Runs * MovesOfRun; move++)
        {
            long before = guest.Written;
            SpinWait.SpinUntil(() => guest.Written > before + (8 << 20));
            MigrationReport report = guest.Move();
            backends.Add(report.InBackends.TotalMilliseconds);
            pauses.Add(report.Paused.TotalMilliseconds);
        }

        backends.Sort();
        return
        [
            Row.Of("migration", $"{ring}, backends", "ms", backends, Limit, [LimitMs]),
            Row.Of("migration", $"{ring}, backends, p99 of {backends.Count}", "ms", [backends[backends.Count * 99 / 100]], Limit, [LimitMs]),
            Row.Of("migration", $"{ring}, whole pause", "ms", pauses, Limit, [LimitMs]),
        ];
    }
}
