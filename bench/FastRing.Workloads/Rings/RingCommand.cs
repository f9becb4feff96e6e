using System.CommandLine;
using FastRing.Interop;
using FastRing.Spec;

namespace FastRing.Workloads.Rings;

/// <summary><c>workloads ring</c>.</summary>
internal static class RingCommand
{
    public static Command Create()
    {
        var ring = new RingShapeOptions();
        Option<string> wait = new("--wait") { Description = "What a side does that finds nothing.", DefaultValueFactory = _ => "pause" };
        wait.AcceptOnlyFromAmong("poll", "pause", "sleep");
        Option<bool> batched = new("--batched") { Description = "Publish bursts instead of single messages." };
        Option<int> outstanding = new("--outstanding") { Description = "Messages under way at the most.", DefaultValueFactory = _ => int.MaxValue };
        Option<int?> pop = new("--pop") { Description = "Chains the device pops at once; by default 1, as ringtest does; batched 64." };
        Option<bool> arrays = new("--arrays") { Description = "Pop into arrays instead of a ChainBatch." };
        Option<int> messages = new("--messages") { Description = "Messages of a run.", DefaultValueFactory = _ => 3_000_000 };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 5 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first run.", DefaultValueFactory = _ => 2.5 };
        Option<bool> marks = new("--marks") { Description = "Mark the loops' begin and end in a trace of system calls." };
        Option<int> driverCpu = new("--driver-cpu") { Description = "Processor of the driver's thread.", DefaultValueFactory = _ => 0 };
        Option<int> deviceCpu = new("--device-cpu") { Description = "Processor of the device's thread.", DefaultValueFactory = _ => 1 };
        var command = new Command("ring", "Linux ringtest's work: messages of one descriptor between two threads, ns.")
        {
            wait, batched, outstanding, pop, arrays, messages, runs, warm, marks, driverCpu, deviceCpu,
        };
        ring.AddTo(command);
        command.SetAction(parsed =>
        {
            bool isBatched = parsed.GetValue(batched);
            var plan = new RingPlan(
                isBatched,
                parsed.GetValue(outstanding),
                parsed.GetValue(pop) ?? (isBatched ? 64 : 1),
                parsed.GetValue(arrays),
                parsed.GetValue(driverCpu),
                parsed.GetValue(deviceCpu),
                parsed.GetValue(messages),
                parsed.GetValue(runs),
                parsed.GetValue(warm),
                parsed.GetValue(marks));
            RingShape shape = ring.Of(parsed);
            return (parsed.GetValue(wait) switch
            {
                "poll" => Measure(shape, default(Poll), plan),
                "pause" => Measure(shape, default(Pause), plan),
                _ => MeasureSleeping(shape with { Features = shape.Features | VirtioFeatures.EventIndex }, plan),
            }).Print();
        });
        return command;
    }

    private static Measurement MeasureSleeping(RingShape shape, RingPlan plan)
    {
        using EventFd kick = Sleep.CreateEvent();
        using EventFd call = Sleep.CreateEvent();
        return Measure(shape, new Sleep(kick, call), plan);
    }

    private static Measurement Measure<TWait>(RingShape shape, TWait wait, RingPlan plan)
        where TWait : struct, IWait
    {
        using var pair = new RingPair(shape, bufferBytes: 4096);
        using var run = new RingRun<TWait>(pair, wait, plan);
        return run.Measure();
    }
}
