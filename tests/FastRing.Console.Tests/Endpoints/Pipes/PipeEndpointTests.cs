using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Ports;

#pragma warning disable xUnit1051 // The deadline is the harness'.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>What is special to a port that is two of the framework's pipes: schedulers, limits, and how the two ends hear of each other.</summary>
public sealed class PipeEndpointTests
{
    [Fact]
    public Task What_awaits_a_read_or_a_flush_goes_on_where_the_scheduler_says()
    {
        var scheduler = new RecordingScheduler();
        return RunAsync(
            async pipe =>
            {
                Task<ReadResult> read = pipe.Input.ReadAsync().AsTask();
                Assert.False(read.IsCompleted);
                await pipe.SendAsync("x"u8.ToArray());
                ReadResult result = await read;
                Assert.Equal(1, scheduler.Scheduled);
                pipe.Input.AdvanceTo(result.Buffer.End);

                Task<FlushResult> flush = pipe.Output.WriteAsync(new byte[3 * PipeSubject.Limit]).AsTask();
                Assert.False(flush.IsCompleted);
                await pipe.ReceiveAsync(3 * PipeSubject.Limit);
                await flush;
                Assert.Equal(2, scheduler.Scheduled);
            },
            scheduler: scheduler);
    }

    [Fact]
    public Task Any_thread_may_use_it_the_worker_too() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 100));
        await pipe.Console.Worker.RunAsync(async () =>
        {
            Pattern.AssertIs(await pipe.ReadAsync(100), 0);
            await pipe.Output.WriteAsync(Pattern.Bytes(0, 100));
        });
        Pattern.AssertIs(await pipe.ReceiveAsync(100), 0);
    });

    [Fact]
    public Task No_more_than_the_limit_is_copied_while_nobody_reads() => RunAsync(async pipe =>
    {
        Task sending = pipe.SendAsync(Pattern.Bytes(0, 100_000));
        await pipe.SettleAsync();
        await pipe.SettleAsync();
        Assert.False(sending.IsCompleted);
        Assert.InRange(pipe.Port.Counters.BytesToHost, PipeSubject.Limit / 2U, (uint)PipeSubject.Limit);
        Task<byte[]> reading = pipe.ReadAsync(100_000);
        await sending;
        Pattern.AssertIs(await reading, 0);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_reader_that_is_complete_closes_the_hosts_side_with_the_writer(bool withError) => RunAsync(async pipe =>
    {
        pipe.Input.Complete(withError ? new InvalidOperationException("mine") : null);
        await pipe.SettleAsync();
        Assert.True(pipe.Endpoint.IsOpen);
        Assert.False(pipe.Endpoint.TakesOutput);
        await pipe.SendAsync(new byte[50_000]); // Nobody gets it, and the guest does not wait.
        await pipe.Output.WriteAsync(Pattern.Bytes(0, 20_000).AsMemory(0, 10_000));
        Pattern.AssertIs(await pipe.ReceiveAsync(10_000), 0);

        pipe.Output.Complete(withError ? new InvalidOperationException("mine") : null);
        await pipe.SettleAsync();
        Assert.False(pipe.Endpoint.IsOpen);
        await pipe.SettleAsync();
        Assert.False(pipe.HearsHostOpen());
        Assert.False(pipe.Port.HasStopped);
    });

    [Fact]
    public Task A_writer_that_is_complete_closes_the_hosts_side_when_its_last_byte_is_the_guests() => RunAsync(async pipe =>
    {
        pipe.Input.Complete();
        pipe.Output.Write(Pattern.Bytes(0, 10_000));
        pipe.Output.Complete();
        await pipe.SettleAsync();
        Assert.True(pipe.Endpoint.IsOpen);
        Pattern.AssertIs(await pipe.ReceiveAsync(10_000), 0);
        await pipe.SettleAsync();
        Assert.False(pipe.Endpoint.IsOpen);
    });

    [Fact]
    public Task An_error_in_the_middle_of_what_waits_ends_the_writing() => RunAsync(async pipe =>
    {
        await pipe.Output.WriteAsync(new byte[10_000]);
        await pipe.SettleAsync();
        pipe.Output.Complete(new InvalidOperationException("mine"));
        await pipe.ReceiveAsync(10_000);
        await pipe.SettleAsync();
        Assert.True(pipe.Endpoint.IsOpen); // It is still read.
        await pipe.SendAsync(Pattern.Bytes(0, 100));
        Pattern.AssertIs(await pipe.ReadAsync(100), 0);
    });

    [Fact]
    public Task A_pipe_for_one_session_ends_when_the_guest_opens_the_port_again() => RunAsync(
        async pipe =>
        {
            await pipe.SendAsync(Pattern.Bytes(0, 15_000)); // Some of it is in the guest's buffers still.
            await pipe.SettleAsync();
            await Task.Run(pipe.Close);
            Assert.True(pipe.Endpoint.IsOpen);
            await Task.Run(pipe.Open);
            Assert.False(pipe.Endpoint.IsOpen);
            ReadResult result = await pipe.ReadUntilAsync(100_000);
            Assert.True(result.IsCompleted);
            Pattern.AssertIs(result.Buffer.ToArray(), 0);
            Assert.InRange(result.Buffer.Length, PipeSubject.Limit / 2, 14_000);
        },
        endsWithGuest: true);

    [Fact]
    public Task A_pipe_goes_on_with_the_next_opener_and_the_next_guest() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 100));
        await Task.Run(pipe.Close);
        await pipe.Output.WriteAsync(Pattern.Bytes(0, 100));
        await Task.Run(pipe.Open);
        Pattern.AssertIs(await pipe.ReadAsync(100), 0);
        Pattern.AssertIs(await pipe.ReceiveAsync(100), 0);
        PortSession before = pipe.Session;
        await pipe.NewGuestAsync();
        Assert.Equal(before.Guest + 1, pipe.Session.Guest);
        await pipe.SendAsync(Pattern.Bytes(100, 100));
        Pattern.AssertIs(await pipe.ReadAsync(100), 100);
    });

    [Fact]
    public Task Both_sides_end_with_the_port() => RunAsync(async pipe =>
    {
        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        ValueTask<FlushResult> flush = pipe.Output.WriteAsync(new byte[100_000]);
        Assert.False(flush.IsCompleted);
        await pipe.Console.Device.RemovePortAsync(pipe.Port);
        Assert.True((await read).IsCompleted);
        Assert.True((await flush).IsCompleted);
        pipe.Input.Complete();
        pipe.Output.Complete();
        await pipe.SettleAsync();
    });

    [Fact]
    public async Task What_was_done_before_the_port_started_counts()
    {
        var pipe = new PipeEndpoint();
        pipe.Input.Complete();
        await pipe.Output.WriteAsync(Pattern.Bytes(0, 100));
        using var console = new TestConsole(new PortOptions("a", pipe));
        console.StartDriver();
        Pattern.AssertIs(console.Read(console.Open("a"), 100), 0);
        console.Settle();
        Assert.True(pipe.IsOpen);
        Assert.False(pipe.TakesOutput);
    }

    [Fact]
    public void A_pipe_that_never_started_can_be_disposed_of()
    {
        var pipe = new PipeEndpoint();
        pipe.Dispose();
        Assert.True(pipe.Input.TryRead(out ReadResult result) && result.IsCompleted);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PipeEndpoint(new() { BufferLimit = 4095 }));
    }

    private static async Task RunAsync(Func<PortPipe, Task> test, bool endsWithGuest = false, PipeScheduler? scheduler = null)
    {
        using var pipe = PortPipe.Copying(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = endsWithGuest }, scheduler);
        await pipe.RunAsync(() => test(pipe));
    }

    private sealed class RecordingScheduler : PipeScheduler
    {
        private int _scheduled;

        public int Scheduled => Volatile.Read(ref _scheduled);

        public override void Schedule(Action<object?> action, object? state)
        {
            Interlocked.Increment(ref _scheduled);
            ThreadPool.Schedule(action, state);
        }
    }
}
