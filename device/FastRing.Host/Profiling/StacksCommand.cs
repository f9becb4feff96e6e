using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Commands;
using FastRing.Profiling;

namespace FastRing.Host.Profiling;

/// <summary><c>fastring stacks</c>: where each thread of a process is now.</summary>
internal static class StacksCommand
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(200); // Some samples of every thread.
    private static readonly Argument<int> Target = ProcessArgument.Create();

    public static Command Create()
    {
        var command = new Command("stacks", "Show where each managed thread of a process that embeds FastRing is now.") { Target, ClientCommand.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string file = Path.GetTempFileName();
        try
        {
            await TraceRecording.RecordAsync(parsed.Open(Target), LongEnough, file, batches: false, cancellation);
            using var stacks = new RecordedStacks(file);
            Show([.. stacks.LastOfThreads().Select(t => new ThreadStack(t.Key, t.Value))], parsed.GetValue(ClientCommand.Json));
            return ExitCode.Ok;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Show(ThreadStack[] threads, bool json)
    {
        if (json)
        {
            Output.Json(threads, ProfilingJson.Default.ThreadStackArray);
            return;
        }

        foreach (ThreadStack thread in threads)
        {
            Output.Line(thread.Thread);
            foreach (string frame in thread.Frames.Reverse())
            {
                Output.Line($"  {frame}");
            }
        }
    }
}
