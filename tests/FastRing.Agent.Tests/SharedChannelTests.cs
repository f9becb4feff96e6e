using System.Globalization;

namespace FastRing.Agent.Tests;

/// <summary>Many callers, one channel.</summary>
public sealed class SharedChannelTests
{
    private const int Callers = 100;

    [Fact]
    public async Task Each_of_a_hundred_callers_of_the_real_agent_gets_its_own_answers()
    {
        using var real = new RealAgent();
        await using var channel = new AgentChannel(await real.ConnectAsync());
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async i =>
        {
            await using var agent = new GuestAgent(channel) { Timeout = Patience.Long };
            for (int round = 0; round < 10; round++)
            {
                Assert.Equal((i * 1000) + round, await agent.SyncAsync((i * 1000) + round));
            }

            GuestExecResult echo = await agent.ExecAsync(new GuestCommand("echo", $"caller {i}"));
            Assert.Equal((0, $"caller {i}\n"), (echo.ExitCode, echo.OutputText));
        }));

        await using var last = new GuestAgent(channel);
        await last.PingAsync();
    }

    [Fact]
    public async Task Requests_run_one_at_a_time_in_the_order_they_came()
    {
        var first = new TaskCompletionSource();
        int running = 0;
        await using var fake = new FakeAgent();
        await using var channel = new AgentChannel(fake.Client);
        fake.Answer = request =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            first.Task.Wait(Patience.Long);
            Interlocked.Decrement(ref running);
            return request.Returns("{}");
        };
        await using var agent = new GuestAgent(channel) { Timeout = Patience.Long };

        Task[] calls = [.. Enumerable.Range(0, Callers).Select(i => agent.ExecuteAsync($"caller-{i}"))];
        await Patience.UntilAsync(() => channel.WaitingCallers == Callers - 1, "all wait");
        first.SetResult();
        await Task.WhenAll(calls);

        Assert.Equal(Enumerable.Range(0, Callers).Select(i => $"caller-{i}"), fake.Commands);
    }

    [Fact]
    public async Task Callers_that_give_up_in_the_queue_are_never_heard_of_by_the_agent()
    {
        var first = new TaskCompletionSource();
        await using var fake = new FakeAgent();
        fake.Answer = request =>
        {
            first.Task.Wait(Patience.Long);
            return request.Returns(request.Command.Split('-')[1]);
        };
        await using var channel = new AgentChannel(fake.Client);
        await using var agent = new GuestAgent(channel) { Timeout = Patience.Long };
        using var source = new CancellationTokenSource();
        Task<System.Text.Json.JsonElement>[] calls =
            [.. Enumerable.Range(0, Callers).Select(i => agent.ExecuteAsync($"caller-{i}", null, i % 3 == 1 ? source.Token : default))];
        await Patience.UntilAsync(() => channel.WaitingCallers == Callers - 1, "all wait");

        await source.CancelAsync();
        await Patience.UntilAsync(() => channel.WaitingCallers == Callers - 1 - calls.Where((_, i) => i % 3 == 1).Count(), "those that gave up left the line");
        first.SetResult();

        for (int i = 0; i < Callers; i++)
        {
            if (i % 3 == 1)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls[i]);
            }
            else
            {
                Assert.Equal(i, (await calls[i]).GetInt32());
            }
        }

        Assert.DoesNotContain(fake.Commands, command => int.Parse(command.Split('-')[1], CultureInfo.InvariantCulture) % 3 == 1);
        Assert.Equal(1, fake.Synchronizations);
    }

    [Fact]
    public async Task A_caller_that_gives_up_on_its_answer_does_not_disturb_those_behind_it()
    {
        await using var fake = new FakeAgent();
        byte[] late = [];
        fake.Answer = request =>
        {
            byte[] answer = request.Returns(request.Arguments.GetProperty("id").GetRawText());
            if (request.Arguments.GetProperty("id").GetInt32() % 2 == 0)
            {
                return answer;
            }

            late = answer;
            return null;
        };
        fake.Synchronize = request => [.. late, .. FakeAgent.Synchronized(request)];
        await using var channel = new AgentChannel(fake.Client);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            await using var agent = new GuestAgent(channel) { Timeout = Patience.Long };
            using var source = new CancellationTokenSource();
            if (i % 2 == 0)
            {
                Assert.Equal(i, await agent.SyncAsync(i));
                return;
            }

            Task<long> call = agent.SyncAsync(i, source.Token);
            await Task.Delay(i * 10);
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }));
    }

    [Fact]
    public async Task A_caller_whose_turn_does_not_come_hears_that_it_waited_for_others()
    {
        await using var fake = new FakeAgent { Answer = _ => null };
        await using var channel = new AgentChannel(fake.Client);
        await using var slow = new GuestAgent(channel) { Timeout = Patience.Long };
        await using var quick = new GuestAgent(channel) { Timeout = Patience.Moment };
        using var source = new CancellationTokenSource();
        Task first = slow.PingAsync(source.Token);
        await Patience.UntilAsync(() => !fake.Commands.IsEmpty, "the agent got the first request");

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() => quick.GetUsersAsync());

        Assert.Equal("guest-get-users: other callers of the guest agent were not done within 0.1 s", error.Message);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task Closing_a_channel_ends_every_call_on_it()
    {
        await using var fake = new FakeAgent { Answer = _ => null };
        var channel = new AgentChannel(fake.Client);
        await using var agent = new GuestAgent(channel) { Timeout = Patience.Long };
        Task[] calls = [.. Enumerable.Range(0, 5).Select(_ => agent.PingAsync())];
        await Patience.UntilAsync(() => !fake.Commands.IsEmpty && channel.WaitingCallers == 4, "one is in and four wait");

        await channel.DisposeAsync();

        foreach (Task call in calls)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => call);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => agent.PingAsync());
    }
}
