namespace FastRing.Perf;

/// <summary>What the sandbox costs.</summary>
internal static class SandboxBench
{
    private const string Without = "the same with --sandbox off";

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(400);

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        int runs = request.IsQuick ? 5 : 5 * request.Runs;
        machine.Remarks.Add("socket-32KiB: a driver in another process writes buffers of 32 KiB to a port, a client reads the port's unix socket; two daemons, by turns. ready: from the start of the process to its answer to GET_FEATURES.");
        return [Throughput(runs), Start(request.IsQuick ? 3 : 2 * request.Runs)];
    }

    private static Row Throughput(int runs)
    {
        Progress.Say("socket-32KiB");
        using var strict = new SandboxSide("strict");
        using var off = new SandboxSide("off");
        strict.Write(s_slice);
        off.Write(s_slice);
        var sandboxed = new List<double>();
        var free = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            // Neither is always the second.
            SandboxSide[] order = i % 2 == 0 ? [strict, off] : [off, strict];
            foreach (SandboxSide side in order)
            {
                (side == strict ? sandboxed : free).Add(side.Write(s_slice));
            }
        }

        return Row.Of("sandbox", "socket-32KiB", "GB/s", sandboxed, Without, free);
    }

    private static Row Start(int runs)
    {
        Progress.Say("ready");
        var sandboxed = new List<double>();
        var free = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            using (var strict = new SandboxSide("strict"))
            {
                sandboxed.Add(strict.ReadyMs);
            }

            using var off = new SandboxSide("off");
            free.Add(off.ReadyMs);
        }

        return Row.Of("sandbox", "ready", "ms", sandboxed, Without, free);
    }
}
