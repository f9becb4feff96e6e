using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FastRing.Host.Client;
using FastRing.Host.Commands;
using FastRing.Profiling;

namespace FastRing.Host.Profiling;

/// <summary><c>fastring trace</c>: records where a process spends its time, and what happens to its rings and ports.</summary>
internal static class TraceCommand
{
    private const int LongestSeconds = 3600;
    private static readonly Argument<int> Target = ProcessArgument.Create();
    private static readonly Option<bool> Batches = new("--batches") { Description = "Every batch of buffers too." };
    private static readonly Option<string?> Prefix = new("--output", "-o") { Description = "Names the files: PREFIX.nettrace, .speedscope.json, .folded. Default: fastring-PID.", HelpName = "PREFIX" };
    private static readonly Option<double> Duration = new("--duration")
    {
        Description = "Seconds to record, unless interrupted.",
        HelpName = "S",
        DefaultValueFactory = _ => 10,
        CustomParser = Seconds,
    };

    public static Command Create()
    {
        var command = new Command("trace", "Record the stacks and events of a process that embeds FastRing; write them for speedscope and flame graphs too.")
        {
            Target, Duration, Prefix, Batches, ClientCommand.Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string prefix = parsed.GetValue(Prefix) ?? string.Create(CultureInfo.InvariantCulture, $"fastring-{parsed.GetValue(Target)}");
        string trace = prefix + ".nettrace";
        try
        {
            await TraceRecording.RecordAsync(parsed.Open(Target), TimeSpan.FromSeconds(parsed.GetValue(Duration)), trace, parsed.GetValue(Batches), cancellation);
            using var stacks = new RecordedStacks(trace);
            var report = new TraceReport(trace, prefix + ".speedscope.json", prefix + ".folded", stacks.Samples);
            stacks.WriteSpeedscope(report.Speedscope);
            stacks.WriteFolded(report.Folded);
            Show(report, parsed.GetValue(ClientCommand.Json));
            return ExitCode.Ok;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static void Show(TraceReport report, bool json)
    {
        if (json)
        {
            Output.Json(report, ProfilingJson.Default.TraceReport);
            return;
        }

        Output.Line($"{report.Trace}: {report.Samples} samples");
        Output.Line($"{report.Speedscope}: open it at https://speedscope.app");
        Output.Line($"{report.Folded}: for flamegraph.pl");
    }

    private static double Seconds(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0.1 and <= LongestSeconds)
        {
            return seconds;
        }

        result.AddError($"--duration {text}: expected seconds, 0.1 to {LongestSeconds}");
        return 1;
    }
}
