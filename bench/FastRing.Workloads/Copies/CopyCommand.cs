using System.CommandLine;

namespace FastRing.Workloads.Copies;

/// <summary><c>workloads memory</c>.</summary>
internal static class CopyCommand
{
    public static Command Create()
    {
        var ring = new RingShapeOptions();
        Option<int> size = new("--size") { Description = "Bytes of a buffer.", DefaultValueFactory = _ => 65536 };
        Option<bool> into = new("--into-guest") { Description = "The device writes the buffers instead of reading them." };
        Option<bool> threads = new("--two-threads") { Description = "Driver on processor 0, device on processor 1, instead of both on one." };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 11 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first run.", DefaultValueFactory = _ => 2 };
        var command = new Command("memory", "Bytes through a ring, copied by the device, and the same copies without a ring, GB/s.") { size, into, threads, runs, warm };
        ring.AddTo(command);
        command.SetAction(parsed =>
        {
            using var run = new CopyRun(ring.Of(parsed), CopyPlan.For(parsed.GetValue(size), parsed.GetValue(into)), parsed.GetValue(threads));
            return run.Measure(parsed.GetValue(runs), parsed.GetValue(warm)).Print();
        });
        return command;
    }
}
