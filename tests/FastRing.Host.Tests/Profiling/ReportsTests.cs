using System.Threading.Channels;
using FastRing.Diagnostics;
using FastRing.Profiling;

namespace FastRing.Host.Tests.Profiling;

/// <summary>This process is asked over its own diagnostics socket.</summary>
public sealed class ReportsTests
{
    private const int Told = 3;

    [Fact]
    public async Task Several_who_ask_while_something_is_slow_to_tell_are_each_told_all_and_once()
    {
        var slow = new SlowReporter();
        Reporters.Add(slow);
        try
        {
            Task<IReadOnlyList<Report>>[] asking = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => Reports.AskAsync(new TargetProcess(Environment.ProcessId))))];
            await await Task.WhenAny(slow.UntilAskedAsync(asking.Length), Task.WhenAll(asking)); // Whoever is refused says why.
            slow.GoOn();

            foreach (Task<IReadOnlyList<Report>> asked in asking)
            {
                Assert.Equal(Enumerable.Range(0, Told).Select(i => $"{i}"), (await asked).Where(r => r.Device == slow.Device).Select(r => r.Json));
            }
        }
        finally
        {
            Reporters.Remove(slow);
        }
    }

    /// <summary>Tells one thing, and the others when it may.</summary>
    private sealed class SlowReporter : IReporter
    {
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Channel<int> _asked = Channel.CreateUnbounded<int>();

        public string Device { get; } = $"slow {Guid.NewGuid()}";

        public async IAsyncEnumerable<(string Kind, string Json)> ReportAsync()
        {
            for (int i = 0; i < Told; i++)
            {
                yield return ("test", $"{i}");
                if (i == 0)
                {
                    _asked.Writer.TryWrite(i);
                    await _goOn.Task;
                }
            }
        }

        public async Task UntilAskedAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                await _asked.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            }
        }

        public void GoOn() => _goOn.TrySetResult();
    }
}
