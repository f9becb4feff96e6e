using System.CommandLine;
using System.Globalization;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Workers;

namespace FastRing.Workloads.Notify;

/// <summary><c>workloads notify</c>.</summary>
internal static class NotifyCommand
{
    /// <summary>How long an adaptive wait polls at the most.</summary>
    private static readonly TimeSpan s_pollBudget = TimeSpan.FromMicroseconds(50);

    public static Command Create()
    {
        var ring = new RingShapeOptions();
        Option<string> wait = new("--wait") { Description = "What the device's thread does that finds nothing.", DefaultValueFactory = _ => "sleep" };
        wait.AcceptOnlyFromAmong("sleep", "adaptive", "poll");
        Option<string> coalesce = new("--coalesce")
        {
            Description = "How it gathers notifications: immediate, count:N, time:US or adaptive:N,US.",
            DefaultValueFactory = _ => "immediate",
        };
        Option<string[]> mode = new("--mode")
        {
            Description = "How the driver goes about it, one after the other: round-trip, paced, throughput.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["round-trip"],
        };
        mode.AcceptOnlyFromAmong("round-trip", "paced", "throughput");
        Option<int> load = new("--load") { Description = "Buffers a second where they are paced.", DefaultValueFactory = _ => 20_000, HelpName = "PER_SECOND" };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 3 };
        Option<double> seconds = new("--seconds") { Description = "Time of a run.", DefaultValueFactory = _ => 0.25 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first run.", DefaultValueFactory = _ => 2.5 };
        Option<int> driverCpu = new("--driver-cpu") { Description = "Processor of the driver's thread.", DefaultValueFactory = _ => 0 };
        Option<int> deviceCpu = new("--device-cpu") { Description = "Processor of the device's thread.", DefaultValueFactory = _ => 1 };
        var command = new Command("notify", "A driver that sleeps until it is notified, and a device that echoes 64 bytes behind a vhost-user connection.")
        {
            wait, coalesce, mode, load, runs, seconds, warm, driverCpu, deviceCpu,
        };
        ring.AddTo(command);
        command.SetAction(parsed =>
        {
            RingShape shape = ring.Of(parsed);
            using var run = new NotifyRun(new NotifyPlan(
                shape with { Features = shape.Features | VirtioFeatures.EventIndex },
                Wait(parsed.GetValue(wait)!),
                Coalescing(parsed.GetValue(coalesce)!),
                [.. parsed.GetValue(mode)!.Select(Mode)],
                parsed.GetValue(load),
                parsed.GetValue(runs),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                TimeSpan.FromSeconds(parsed.GetValue(warm)),
                parsed.GetValue(driverCpu),
                parsed.GetValue(deviceCpu)));
            return run.Measure().Print();
        });
        return command;
    }

    private static NotifyMode Mode(string name) => name switch
    {
        "round-trip" => NotifyMode.RoundTrip,
        "paced" => NotifyMode.Paced,
        _ => NotifyMode.Throughput,
    };

    private static WaitStrategy Wait(string name) => name switch
    {
        "sleep" => WaitStrategy.Sleep,
        "poll" => WaitStrategy.Poll,
        _ => WaitStrategy.PollThenSleep(s_pollBudget),
    };

    private static NotificationCoalescing Coalescing(string text)
    {
        string[] parts = text.Split(':', ',');
        int Number(int index) => int.Parse(parts[index], CultureInfo.InvariantCulture);
        return (parts[0], parts.Length) switch
        {
            ("immediate", 1) => NotificationCoalescing.Immediate,
            ("count", 2) => NotificationCoalescing.ByCount(Number(1)),
            ("time", 2) => NotificationCoalescing.ByTime(TimeSpan.FromMicroseconds(Number(1))),
            ("adaptive", 3) => NotificationCoalescing.Adaptive(Number(1), TimeSpan.FromMicroseconds(Number(2))),
            _ => throw new FormatException($"--coalesce {text}"),
        };
    }
}
