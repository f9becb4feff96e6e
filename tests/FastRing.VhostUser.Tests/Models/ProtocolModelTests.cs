using System.Diagnostics;
using System.Globalization;
using CsCheck;
using FastRing.VhostUser.Backend;

namespace FastRing.VhostUser.Tests.Models;

/// <summary>Random sequences of messages, good and bad, to a backend and to a model of it: which are accepted, refused, answered with what, and which end the connection, and which rings run.</summary>
public class ProtocolModelTests(ITestOutputHelper output)
{
    /// <summary>How many, unless FASTRING_PROTOCOL_SEQUENCES says otherwise; FASTRING_PROTOCOL_SEED begins elsewhere.</summary>
    private const long UsualSequences = 5_000;
    private const long Part = 500; // Timers and other threads get their turn in between.

    private static readonly long s_sequences = long.Parse(Environment.GetEnvironmentVariable("FASTRING_PROTOCOL_SEQUENCES") ?? $"{UsualSequences}", CultureInfo.InvariantCulture);
    private static readonly ulong s_seed = ulong.Parse(Environment.GetEnvironmentVariable("FASTRING_PROTOCOL_SEED") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void A_backend_answers_any_sequence_of_messages_as_its_model_does()
    {
        using var fixture = new BackendFixture();
        using var memory = new ModelMemory();
        using var run = new ProtocolRun(fixture, memory);
        var time = Stopwatch.StartNew();
        ProcessState.AssertNoFdLeak(() =>
        {
            for (long first = 0; first < s_sequences; first += Part)
            {
                fixture.Run(() => RunPart(run, first));
            }
        });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{s_sequences} sequences from seed {s_seed}, {run.Messages} messages in {time.Elapsed.TotalSeconds:0} s: as the model said"));
        Assert.InRange(run.RunningSeen, s_sequences / 2, long.MaxValue); // Else no ring was ever begun, and little was tried.
        Assert.Equal(fixture.Device.Starts, fixture.Device.Stops);
        Assert.Equal(0UL, fixture.Counters.Rejected(RejectionReason.Fault));
    }

    private static void RunPart(ProtocolRun run, long first)
    {
        for (long i = first; i < Math.Min(first + Part, s_sequences); i++)
        {
            ulong seed = s_seed + (ulong)i;
            ProtocolStep[] steps = ProtocolStep.Sequences.Generate(new PCG(1, seed), null, out _);
            if (run.WhyNot(steps) is { } why)
            {
                steps = Shortest(run, steps);
                Assert.Fail($"FASTRING_PROTOCOL_SEED={seed} FASTRING_PROTOCOL_SEQUENCES=1: {why}; again: {run.WhyNot(steps)}\nof {steps.Length}: {string.Join("\n", steps)}");
            }
        }
    }

    /// <summary>Leaves out what it fails without.</summary>
    private static ProtocolStep[] Shortest(ProtocolRun run, ProtocolStep[] steps)
    {
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            ProtocolStep[] fewer = [.. steps[..i], .. steps[(i + 1)..]];
            steps = run.WhyNot(fewer) is null ? steps : fewer;
        }

        return steps;
    }
}
