using CsCheck;

namespace FastRing.Agent.Tests;

/// <summary>When a channel asks the agent to synchronise, and what it does with an agent that is slow, old or not there.</summary>
public sealed class SynchronizationTests
{
    [Fact]
    public async Task A_channel_synchronises_once_however_many_calls_there_are()
    {
        await using var fake = new FakeAgent();
        await using var agent = new GuestAgent(fake.Client);
        for (int i = 0; i < 100; i++)
        {
            await agent.PingAsync();
        }

        Assert.Equal((1, 100), (fake.Synchronizations, fake.Commands.Count));
        await agent.SyncAsync();
        Assert.Equal(2, fake.Synchronizations);
    }

    [Fact]
    public async Task An_agent_that_starts_late_is_asked_again()
    {
        await using var fake = new FakeAgent();
        fake.Synchronize = request => fake.Synchronizations > 1 ? FakeAgent.Synchronized(request) : null;
        await using var agent = new GuestAgent(fake.Client) { Timeout = Patience.Long };

        await agent.PingAsync();

        Assert.Equal(2, fake.Synchronizations);
    }

    [Fact]
    public async Task An_agent_that_takes_no_ids_is_synchronised_with_before_each_command()
    {
        await using var fake = new FakeAgent();
        fake.Synchronize = request => request.Id is null ? FakeAgent.Synchronized(request) : [0xff, .. Request.Bytes("{\"error\": {\"class\": \"QMPExtraInputObjectMember\"}}\n")];
        await using var agent = new GuestAgent(fake.Client) { Timeout = Patience.Long };
        await agent.PingAsync();
        int first = fake.Synchronizations;
        fake.RepeatsIds = false;

        await agent.PingAsync();
        await agent.PingAsync();

        Assert.Equal((3, 5), (first, fake.Synchronizations));
    }

    [Fact]
    public async Task A_time_out_says_that_no_agent_is_there()
    {
        await using var fake = new FakeAgent { Synchronize = _ => null };
        await using var agent = new GuestAgent(fake.Client) { Timeout = Patience.Moment };

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() => agent.PingAsync());

        Assert.Equal("guest-ping: the guest agent did not answer guest-sync-delimited (does it run?) within 0.1 s", error.Message);
    }

    [Fact]
    public async Task A_request_that_the_guest_does_not_take_is_left_whole_for_the_next_call_to_finish()
    {
        await using var fake = new FakeAgent(room: 16, running: false);
        await using var agent = new GuestAgent(fake.Client) { Timeout = Patience.Moment };

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() => agent.PingAsync());
        Assert.Equal("guest-ping: the guest did not take what was sent to its agent within 0.1 s", error.Message);
        error = await Assert.ThrowsAsync<TimeoutException>(() => agent.PingAsync());
        Assert.Contains("did not take", error.Message, StringComparison.Ordinal);

        // One whole request of the first call, and nothing of the second.
        System.IO.Pipelines.ReadResult taken = await fake.Input.ReadAsync();
        byte[] bytes = System.Buffers.BuffersExtensions.ToArray(taken.Buffer);
        Assert.Equal((1, (byte)0xff, (byte)'\n'), (bytes.Count(b => b == '\n'), bytes[0], bytes[^1]));
    }

    [Fact]
    public async Task A_caller_that_gives_up_hears_of_its_own_token()
    {
        await using var fake = new FakeAgent { Answer = _ => null };
        await using var agent = new GuestAgent(fake.Client);
        using var source = new CancellationTokenSource();
        Task call = agent.PingAsync(source.Token);
        await Patience.UntilAsync(() => !fake.Commands.IsEmpty, "the agent got the request");

        await source.CancelAsync();

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(source.Token, error.CancellationToken);
        fake.Answer = request => request.Returns("{}");
        await agent.PingAsync();
    }

    /// <summary>Whatever an agent does wrong in between, a call that succeeds has its own answer.</summary>
    [Fact]
    public Task No_mixture_of_late_lost_doubled_and_broken_answers_gives_a_call_anothers_answer() =>
        Gen.Select(Gen.Bool, Gen.Enum<Mischief>().List[1, 12]).SampleAsync(
            async (repeatsIds, plan) =>
            {
                await using var fake = new FakeAgent { RepeatsIds = repeatsIds };
                await using var agent = new GuestAgent(fake.Client);
                byte[] late = [];
                fake.Synchronize = request => [.. Take(ref late), .. FakeAgent.Synchronized(request)];
                fake.Answer = request =>
                {
                    int asked = request.Arguments.GetProperty("id").GetInt32(); // The caller may be at the next already.
                    byte[] right = request.Returns($"{asked}");
                    switch (plan[asked])
                    {
                        case Mischief.Late:
                            late = [.. late, .. right];
                            return null;
                        case Mischief.Broken:
                            return [.. right[..^3], (byte)'\n'];
                        case Mischief.Doubled when repeatsIds: // Without ids nobody could tell, but there a synchronisation follows.
                            return [.. right, .. right];
                        default:
                            return right;
                    }
                };
                for (int number = 0; number < plan.Count; number++)
                {
                    await CallAsync(agent, number, plan[number]);
                }
            },
            iter: 60,
            threads: 1);

    private static async Task CallAsync(GuestAgent agent, int number, Mischief mischief)
    {
        using var source = new CancellationTokenSource();
        Task<long> call = agent.SyncAsync(number, source.Token);
        try
        {
            if (mischief == Mischief.Late)
            {
                await Task.WhenAny(call, Task.Delay(3));
                await source.CancelAsync();
            }

            Assert.Equal(number, await call);
            Assert.NotEqual(Mischief.Broken, mischief);
        }
        catch (Exception e) when (e is AgentException or OperationCanceledException)
        {
            Assert.NotEqual(Mischief.None, mischief);
        }
    }

    private static byte[] Take(ref byte[] bytes)
    {
        byte[] taken = bytes;
        bytes = [];
        return taken;
    }

    private enum Mischief
    {
        None,
        Late,
        Broken,
        Doubled,
    }
}
