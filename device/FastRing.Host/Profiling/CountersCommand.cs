using System.CommandLine;
using System.Globalization;
using FastRing.Diagnostics;
using FastRing.Host.Client;
using FastRing.Host.Commands;
using FastRing.Profiling;
using Spectre.Console;

namespace FastRing.Host.Profiling;

/// <summary><c>fastring counters</c>: the meter of any process that embeds FastRing, live.</summary>
internal static class CountersCommand
{
    private const int DefaultSeconds = 1;
    private static readonly Argument<int> Target = ProcessArgument.Create();
    private static readonly Option<bool> Once = new("--once") { Description = "Show one look and end." };
    private static readonly Option<bool> All = new("--all") { Description = "Also what is 0." };
    private static readonly Option<bool> Latency = new("--latency")
    {
        Description = "How long buffers of each port took, and how many went back at a time, since the last look, instead of counters. Only measured while somebody looks.",
    };

    private static readonly Option<string> Meter = new("--meter") { Description = "The meter to show.", DefaultValueFactory = _ => FastRingMeter.Name };
    private static readonly Option<int> Interval = new("--interval") { Description = "Seconds between two looks.", HelpName = "S", DefaultValueFactory = _ => DefaultSeconds };

    public static Command Create()
    {
        Interval.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds is < 1 or > 3600))
            {
                result.AddError($"--interval {result.Tokens[0].Value}: expected whole seconds, 1 to 3600");
            }
        });
        Latency.Validators.Add(result =>
        {
            if (result.GetResult(Meter) is { Implicit: false })
            {
                result.AddError("--latency is a meter of its own: say it or --meter");
            }
        });
        var command = new Command("counters", "Show the counters of a process that embeds FastRing, until interrupted.") { Target, Once, All, Latency, Meter, Interval, ClientCommand.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        IAsyncEnumerable<MetricsSnapshot> looks = LiveMetrics.ReadAsync(
            parsed.Open(Target), parsed.GetValue(Latency) ? FastRingMeter.LatencyName : parsed.GetValue(Meter)!, TimeSpan.FromSeconds(parsed.GetValue(Interval)), cancellation);

        // Of the first look nothing is known a second.
        bool all = parsed.GetValue(All);
        looks = looks.Skip(1).Select(QueueRatios.AddTo).Select(look => all ? look : look with { Values = [.. look.Values.Where(v => v.Value != 0)] });
        looks = parsed.GetValue(Once) ? looks.Take(1) : looks;
        if (parsed.GetValue(ClientCommand.Json))
        {
            await ShowAsync(looks, look => Output.Json(look, ProfilingJson.Default.MetricsSnapshot));
        }
        else if (parsed.GetValue(Once) || System.Console.IsOutputRedirected)
        {
            await ShowAsync(looks, look => Output.Show(CountersView.Of(look)));
        }
        else
        {
            await Output.Console().Live(Output.Columns("first look")).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(
                context => ShowAsync(looks, look => context.UpdateTarget(CountersView.Of(look))));
        }

        return ExitCode.Ok;
    }

    private static async Task ShowAsync(IAsyncEnumerable<MetricsSnapshot> looks, Action<MetricsSnapshot> show)
    {
        await foreach (MetricsSnapshot look in looks)
        {
            show(look);
            if (look.IsCut)
            {
                System.Console.Error.WriteLine("fastring: the process has more to tell than a session carries; some of it is missing");
            }
        }
    }
}
