using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Spec;

#pragma warning disable xUnit1051 // The tests run on the device's worker: their deadline is the harness'.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>What is special to a pipe over guest memory: whose memory it is, and what becomes of it when it goes.</summary>
public abstract class InPlacePipeTests(ulong features)
{
    private const int Receive = 4;
    private const int Transmit = 5;

    [Fact]
    public Task What_is_read_is_the_guests_own_memory() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 2500));
        ReadResult result = await pipe.ReadUntilAsync(1);
        foreach (ReadOnlyMemory<byte> piece in result.Buffer)
        {
            Assert.True(pipe.IsGuests(piece.Span));
        }

        Change(pipe, result.Buffer.FirstSpan, 0xaa);
        Assert.Equal(0xaa, result.Buffer.FirstSpan[0]);
    });

    [Fact]
    public Task What_a_private_pipe_has_read_the_guest_can_not_change() => RunAsync(
        async pipe =>
        {
            await pipe.SendAsync(Pattern.Bytes(0, 2500));
            ReadResult result = await pipe.ReadUntilAsync(2500);
            foreach (ReadOnlyMemory<byte> piece in result.Buffer)
            {
                Assert.False(pipe.IsGuests(piece.Span));
            }

            pipe.GuestMemory.Fill(0xaa);
            Pattern.AssertIs(result.Buffer.ToArray(), 0);
        },
        PortPipe.Copying(Options()));

    [Fact]
    public Task What_is_written_to_is_the_guests_receive_buffer() => RunAsync(async pipe =>
    {
        Memory<byte> memory = pipe.Output.GetMemory();
        Assert.Equal(512, memory.Length);
        Assert.True(pipe.IsGuests(memory.Span));
        Pattern.Fill(memory.Span[..100], 0);
        pipe.Output.Advance(100);
        memory = pipe.Output.GetMemory(412);
        Assert.True(pipe.IsGuests(memory.Span));
        memory = pipe.Output.GetMemory(413); // What is left of the first is too short: the second.
        Assert.True(pipe.IsGuests(memory.Span));
        Assert.Equal(512, memory.Length);
        Assert.False(pipe.IsGuests(pipe.Output.GetMemory(513).Span));
        await pipe.Output.FlushAsync();
        Pattern.AssertIs(await pipe.ReceiveAsync(100), 0);
    });

    [Fact]
    public Task Consumed_buffers_are_the_guests_at_once_and_others_are_not() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 8000)); // All it has.
        Assert.Equal(0, pipe.SendNow(new byte[1]));
        ReadResult result = await pipe.Input.ReadAsync();
        Assert.Equal(8000, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(999));
        Assert.Equal(0, pipe.SendNow(new byte[1]));
        result = await pipe.Input.ReadAsync();
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(1));
        Assert.Equal(1, pipe.SendNow(new byte[1]));
        Assert.Equal(0, pipe.SendNow(new byte[1]));
    });

    [Fact]
    public Task A_message_longer_than_the_limit_is_refused_and_waits_in_the_guest() => RunAsync(async pipe =>
    {
        Task sending = pipe.SendAsync(Pattern.Bytes(0, 100_000));
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(() => pipe.ReadUntilAsync(100_000));
        Assert.Contains(nameof(PipeEndpointOptions.BufferLimit), e.Message);
        Assert.Throws<InvalidOperationException>(() => pipe.Input.TryRead(out _));
        await pipe.SettleAsync();
        Assert.False(sending.IsCompleted);
        Assert.InRange(pipe.Port.Counters.BytesToHost, 1000U, (ulong)PipeSubject.Limit);
        pipe.Input.Complete(); // Nobody reads any more: what comes is discarded.
        await sending;
    });

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 3500, false)]
    [InlineData(1500, 1500, false)]
    [InlineData(1500, 3500, true)]
    [InlineData(3500, 3500, false)]
    [InlineData(3500, 3500, true)]
    public Task A_read_that_is_open_survives_a_stop_of_the_queue(int consumed, int examined, bool restartFirst) => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 3500));
        ReadResult result = await pipe.ReadUntilAsync(1);
        Assert.Equal(3500, result.Buffer.Length);
        await StopAsync(pipe, Transmit);
        pipe.Sent.Fill(0xee); // It may be anything by now.
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        if (restartFirst)
        {
            await RestartAsync(pipe, Transmit);
            Pattern.AssertIs(result.Buffer.ToArray(), 0);
        }

        pipe.Input.AdvanceTo(result.Buffer.GetPosition(consumed), result.Buffer.GetPosition(examined));
        if (!restartFirst)
        {
            await RestartAsync(pipe, Transmit);
        }

        await pipe.SendAsync(Pattern.Bytes(3500, 6000));
        Pattern.AssertIs(await pipe.ReadAsync(9500 - consumed), consumed);
        await pipe.SettleAsync();
        Assert.False(pipe.Input.TryRead(out _));
        Assert.Equal(9500UL, pipe.Port.Counters.BytesToHost);
    });

    [Fact]
    public Task What_was_not_read_yet_is_read_after_a_stop_of_the_queue_once() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 3500));
        await pipe.SettleAsync();
        Pattern.AssertIs(await pipe.ReadAsync(700), 0);
        for (int i = 0; i < 3; i++)
        {
            await StopAsync(pipe, Transmit);
            Assert.False(pipe.Input.TryRead(out _));
            await RestartAsync(pipe, Transmit);
            Pattern.AssertIs(await pipe.ReadAsync(700), 700 * (i + 1));
        }

        await pipe.SendAsync(Pattern.Bytes(3500, 100));
        Pattern.AssertIs(await pipe.ReadAsync(800), 2800);
        await pipe.SettleAsync();
        Assert.False(pipe.Input.TryRead(out _));
    });

    [Fact]
    public Task What_was_not_read_is_offered_again_when_only_the_other_queue_stopped() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 3500));
        await pipe.SettleAsync();
        await StopAsync(pipe, Receive);
        Pattern.AssertIs(await pipe.ReadAsync(3500), 0);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public Task Memory_to_be_written_to_survives_a_stop_of_the_queue(int before) => RunAsync(async pipe =>
    {
        Memory<byte> memory = pipe.Output.GetMemory();
        Assert.True(pipe.IsGuests(memory.Span));
        Pattern.Fill(memory.Span[..300], 0);
        pipe.Output.Advance(before);
        await StopAsync(pipe, Receive);
        Assert.False(pipe.IsGuests(memory.Span));
        byte[] guest = pipe.GuestMemory.ToArray();
        Pattern.Fill(memory.Span[300..400], 300);
        Assert.True(pipe.GuestMemory.SequenceEqual(guest));
        pipe.Output.Advance(350 - before);
        pipe.Output.Advance(50);
        pipe.Output.Write(Pattern.Bytes(400, 1000));
        await pipe.Output.FlushAsync();

        await RestartAsync(pipe, Receive);
        Pattern.AssertIs(await pipe.ReceiveAsync(1400), 0);
        Assert.True(pipe.IsGuests(pipe.Output.GetSpan()));
        await pipe.Output.WriteAsync(Pattern.Bytes(1400, 1000));
        Pattern.AssertIs(await pipe.ReceiveAsync(1000), 1400);
        await pipe.SettleAsync();
        Assert.Equal(0, pipe.ReceiveNow(new byte[1]));
    });

    [Theory]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(700)]
    [InlineData(4096)]
    [InlineData(9000)]
    public Task What_was_written_and_not_flushed_arrives_once_and_in_order_after_a_stop(int written) => RunAsync(async pipe =>
    {
        pipe.Output.Write(Pattern.Bytes(0, written));
        await StopAsync(pipe, Receive);
        pipe.Output.Write(Pattern.Bytes(written, 100));
        await RestartAsync(pipe, Receive);
        pipe.Output.Write(Pattern.Bytes(written + 100, 100));
        await pipe.Output.FlushAsync();
        Pattern.AssertIs(await pipe.ReceiveAsync(written + 200), 0);
        await pipe.SettleAsync();
        Assert.Equal(0, pipe.ReceiveNow(new byte[1]));
        Assert.Equal((ulong)written + 200, pipe.Port.Counters.BytesToGuest);
    });

    [Fact]
    public Task Private_memory_stays_where_it_is_while_what_waited_before_it_leaves() => RunAsync(async pipe =>
    {
        await pipe.Output.WriteAsync(Pattern.Bytes(0, 8 * 512)); // All the guest has room for.
        await pipe.Output.WriteAsync(Pattern.Bytes(8 * 512, 10));
        Memory<byte> memory = pipe.Output.GetMemory(100);
        Pattern.AssertIs(await pipe.ReceiveAsync((8 * 512) + 10), 0);
        Pattern.Fill(memory.Span[..100], (8 * 512) + 10);
        pipe.Output.Advance(100);
        await pipe.Output.FlushAsync();
        Pattern.AssertIs(await pipe.ReceiveAsync(100), (8 * 512) + 10);
    });

    [Fact]
    public Task What_awaits_the_pipe_goes_on_the_worker_whatever_else_it_awaits() => RunAsync(async pipe =>
    {
        for (int i = 0; i < 3; i++)
        {
            ValueTask<ReadResult> read = pipe.Input.ReadAsync();
            await Task.Run(() => pipe.SendNow("x"u8));
            Assert.True(pipe.Console.Worker.IsCurrent);
            await Task.Delay(1);
            Assert.True(pipe.Console.Worker.IsCurrent);
            ReadResult result = await read;
            Assert.True(pipe.Console.Worker.IsCurrent);
            pipe.Input.AdvanceTo(result.Buffer.End);
            await pipe.Output.WriteAsync("x"u8.ToArray());
            Assert.True(pipe.Console.Worker.IsCurrent);
        }
    });

    [Fact]
    public Task Other_threads_are_told_where_to_go() => RunAsync(async pipe =>
    {
        Action[] calls =
        [
            () => pipe.Input.TryRead(out _), () => _ = pipe.Input.ReadAsync().AsTask(), () => pipe.Input.AdvanceTo(default), () => pipe.Input.Complete(),
            () => pipe.Output.GetMemory(), () => pipe.Output.Advance(0), () => _ = pipe.Output.FlushAsync().AsTask(), () => pipe.Output.Complete(),
        ];
        foreach (Action call in calls)
        {
            Assert.Contains("Worker.RunAsync", (await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(call))).Message);
        }
    });

    [Fact]
    public void A_pipe_whose_port_was_not_started_says_so()
    {
        var pipe = new InPlacePipeEndpoint();
        Assert.Contains("not started", Assert.Throws<InvalidOperationException>(() => pipe.Input.TryRead(out _)).Message);
        Assert.Contains("not started", Assert.Throws<InvalidOperationException>(() => pipe.Output.GetMemory()).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new InPlacePipeEndpoint(new() { BufferLimit = 4095 }));
        Assert.False(pipe.IsOpen);
        pipe.Dispose();
    }

    [Fact]
    public Task A_consoles_output_is_copied_and_never_held() => RunAsync(
        async pipe =>
        {
            await pipe.SendAsync(Pattern.Bytes(0, 500));
            ReadResult result = await pipe.ReadUntilAsync(500);
            Assert.False(pipe.IsGuests(result.Buffer.FirstSpan));
            await pipe.SendAsync(Pattern.Bytes(500, 10_000));
            await pipe.SettleAsync();
            for (int size = 16; size <= 2 * PipeSubject.Limit; size *= 2)
            {
                ArrayPool<byte>.Shared.Rent(size).AsSpan().Fill(0xee); // Whoever gets an array that was given back may write to it.
            }

            Pattern.AssertIs(result.Buffer.ToArray(), 0);
            Assert.Equal(500, result.Buffer.Length);
            pipe.Input.AdvanceTo(result.Buffer.GetPosition(100));
            Pattern.AssertIs(await pipe.ReadAsync(10_400), 100);

            await pipe.SendAsync(new byte[10 * PipeSubject.Limit]); // Its guest does not wait: what is too much is discarded.
            await pipe.SettleAsync();
            result = await pipe.Input.ReadAsync();
            Assert.Equal(PipeSubject.Limit, result.Buffer.Length);
            Assert.Equal(9UL * PipeSubject.Limit, pipe.Port.Counters.BytesDiscarded);
        },
        PortPipe.InPlace(Options(), features, isConsole: true));

    private static PipeEndpointOptions Options(bool endsWithGuest = false) => new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = endsWithGuest };

    private static void Change(PortPipe pipe, ReadOnlySpan<byte> where, byte value)
    {
        Span<byte> all = pipe.GuestMemory;
        Assert.True(((ReadOnlySpan<byte>)all).Overlaps(where, out int offset));
        all[offset] = value;
    }

    private static Task StopAsync(PortPipe pipe, int queue) => Task.Run(() => pipe.Console.Transport.Stop(queue));

    private static async Task RestartAsync(PortPipe pipe, int queue)
    {
        await Task.Run(() => pipe.Console.Transport.Restart(queue));
        await pipe.SettleAsync();
    }

    private async Task RunAsync(Func<PortPipe, Task> test, PortPipe? pipe = null)
    {
        using (pipe ??= PortPipe.InPlace(Options(), features))
        {
            await pipe.RunAsync(() => test(pipe));
        }
    }
}

/// <summary>On split rings.</summary>
public sealed class SplitInPlacePipeTests() : InPlacePipeTests(~VirtioFeatures.RingPacked);

/// <summary>On packed rings.</summary>
public sealed class PackedInPlacePipeTests() : InPlacePipeTests(~0UL);
