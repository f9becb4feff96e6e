using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Spec;

#pragma warning disable xUnit1051 // Whether there is a token is part of what is tested.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>The contract of a <see cref="PipeWriter"/>: what holds for the framework's own pipe holds for a port.</summary>
public abstract class PipeWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(5000)]
    [InlineData(100_000)]
    public Task There_is_always_the_room_asked_for(int sizeHint) => RunAsync(async pipe =>
    {
        Assert.InRange(pipe.Output.GetMemory(sizeHint).Length, Math.Max(sizeHint, 1), int.MaxValue);
        Assert.InRange(pipe.Output.GetSpan(sizeHint).Length, Math.Max(sizeHint, 1), int.MaxValue);
        Memory<byte> memory = pipe.Output.GetMemory(sizeHint);
        Pattern.Fill(memory.Span[..Math.Min(memory.Length, 10_000)], 0);
        pipe.Output.Advance(Math.Min(memory.Length, 10_000));
        await pipe.Output.FlushAsync();
        Pattern.AssertIs(await pipe.ReceiveAsync(Math.Min(memory.Length, 10_000)), 0);
    });

    [Fact]
    public Task A_size_below_0_is_refused() => RunAsync(pipe =>
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.GetMemory(-1));
        return Task.CompletedTask;
    });

    [Fact]
    public Task No_more_is_advanced_over_than_there_was_room_for() => RunAsync(pipe =>
    {
        Memory<byte> memory = pipe.Output.GetMemory(100);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(memory.Length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(-1));
        pipe.Output.Advance(0);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Bytes_are_seen_when_they_are_flushed_and_not_before() => RunAsync(async pipe =>
    {
        Assert.True(pipe.Output.CanGetUnflushedBytes);
        Write(pipe, 0, 100);
        Write(pipe, 100, 700);
        Write(pipe, 800, 7000);
        Assert.Equal(7800, pipe.Output.UnflushedBytes);
        await pipe.SettleAsync();
        Assert.Equal(0, pipe.ReceiveNow(new byte[1]));

        await pipe.Output.FlushAsync();
        Assert.Equal(0, pipe.Output.UnflushedBytes);
        Pattern.AssertIs(await pipe.ReceiveAsync(7800), 0);
        await pipe.SettleAsync();
        Assert.Equal(0, pipe.ReceiveNow(new byte[1]));
    });

    [Fact]
    public Task Advance_may_be_called_again_for_what_is_left_of_the_memory() => RunAsync(async pipe =>
    {
        Memory<byte> memory = pipe.Output.GetMemory(300);
        for (int i = 0; i < 300; i += 100)
        {
            Pattern.Fill(memory.Span.Slice(i, 100), i);
            pipe.Output.Advance(100);
        }

        await pipe.Output.FlushAsync();
        Pattern.AssertIs(await pipe.ReceiveAsync(300), 0);
    });

    [Fact]
    public Task Memory_of_any_size_may_follow_any_other() => RunAsync(async pipe =>
    {
        long at = 0;
        foreach (int size in (int[])[1, 511, 512, 513, 3, 400, 400, 400, 5000, 1, 1])
        {
            Memory<byte> memory = pipe.Output.GetMemory(size);
            Pattern.Fill(memory.Span[..size], at);
            pipe.Output.Advance(size);
            at += size;
        }

        await pipe.Output.FlushAsync();
        Pattern.AssertIs(await pipe.ReceiveAsync((int)at), 0);
    });

    [Fact]
    public Task WriteAsync_writes_and_flushes() => RunAsync(async pipe =>
    {
        FlushResult result = await pipe.Output.WriteAsync(Pattern.Bytes(0, 3000));
        Assert.False(result.IsCanceled || result.IsCompleted);
        Pattern.AssertIs(await pipe.ReceiveAsync(3000), 0);
    });

    [Fact]
    public Task A_flush_waits_while_too_much_was_not_taken() => RunAsync(async pipe =>
    {
        ValueTask<FlushResult> flush = pipe.Output.WriteAsync(Pattern.Bytes(0, 3 * PipeSubject.Limit));
        await pipe.SettleAsync();
        Assert.False(flush.IsCompleted);
        Pattern.AssertIs(await pipe.ReceiveAsync(3 * PipeSubject.Limit), 0);
        Assert.False((await flush).IsCompleted);
        await pipe.Output.WriteAsync(Pattern.Bytes(3 * PipeSubject.Limit, 10));
        Pattern.AssertIs(await pipe.ReceiveAsync(10), 3 * PipeSubject.Limit);
    });

    [Fact]
    public Task A_flush_canceled_beforehand_does_not_wait() => RunAsync(async pipe =>
    {
        pipe.Output.CancelPendingFlush();
        FlushResult result = await pipe.Output.WriteAsync(Pattern.Bytes(0, 3 * PipeSubject.Limit));
        Assert.True(result.IsCanceled);
        Pattern.AssertIs(await pipe.ReceiveAsync(3 * PipeSubject.Limit), 0);
        result = await pipe.Output.WriteAsync(Pattern.Bytes(0, 1));
        Assert.False(result.IsCanceled);
    });

    [Fact]
    public Task A_waiting_flush_can_be_canceled_and_no_byte_is_lost() => RunAsync(async pipe =>
    {
        ValueTask<FlushResult> flush = pipe.Output.WriteAsync(Pattern.Bytes(0, 3 * PipeSubject.Limit));
        await pipe.SettleAsync();
        await Task.Run(pipe.Output.CancelPendingFlush);
        Assert.True((await flush).IsCanceled);
        Pattern.AssertIs(await pipe.ReceiveAsync(3 * PipeSubject.Limit), 0);
    });

    [Fact]
    public Task A_token_ends_a_waiting_flush_and_no_byte_is_lost() => RunAsync(async pipe =>
    {
        using var source = new CancellationTokenSource();
        ValueTask<FlushResult> flush = pipe.Output.WriteAsync(Pattern.Bytes(0, 3 * PipeSubject.Limit), source.Token);
        await pipe.SettleAsync();
        Assert.False(flush.IsCompleted);
        await source.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await flush);
        Assert.Equal(source.Token, e.CancellationToken);
        Pattern.AssertIs(await pipe.ReceiveAsync(3 * PipeSubject.Limit), 0);
        await pipe.Output.WriteAsync(Pattern.Bytes(3 * PipeSubject.Limit, 10));
        Pattern.AssertIs(await pipe.ReceiveAsync(10), 3 * PipeSubject.Limit);
    });

    [Fact]
    public Task A_token_canceled_beforehand_ends_the_flush_and_no_byte_is_lost() => RunAsync(async pipe =>
    {
        Write(pipe, 0, 1000);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pipe.Output.FlushAsync(new CancellationToken(canceled: true)));
        await pipe.Output.FlushAsync();
        Pattern.AssertIs(await pipe.ReceiveAsync(1000), 0);
    });

    [Fact]
    public Task Complete_shows_what_was_not_flushed_and_ends_the_writing() => RunAsync(async pipe =>
    {
        Write(pipe, 0, 7000);
        pipe.Output.Complete();
        pipe.Output.Complete();
        Pattern.AssertIs(await pipe.ReceiveAsync(7000), 0);
        Assert.Throws<InvalidOperationException>(() => pipe.Output.GetMemory());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.Output.WriteAsync(new byte[1]));
    });

    [Fact]
    public Task A_flush_says_that_nobody_reads_any_more() => RunAsync(async pipe =>
    {
        await pipe.EndAsync();
        FlushResult result = await pipe.Output.WriteAsync(Pattern.Bytes(0, 3 * PipeSubject.Limit));
        Assert.True(result.IsCompleted);
        Write(pipe, 0, 100);
        Assert.True((await pipe.Output.FlushAsync()).IsCompleted);
    });

    [Fact]
    public Task The_end_of_the_other_side_completes_a_waiting_flush() => RunAsync(async pipe =>
    {
        ValueTask<FlushResult> flush = pipe.Output.WriteAsync(Pattern.Bytes(0, 3 * PipeSubject.Limit));
        await pipe.SettleAsync();
        Assert.False(flush.IsCompleted);
        await pipe.EndAsync();
        Assert.True((await flush).IsCompleted);
    });

    [Fact]
    public Task A_stream_is_copied_whole() => RunAsync(async pipe =>
    {
        using var stream = new MemoryStream(Pattern.Bytes(0, 60_000));
        Task copying = stream.CopyToAsync(pipe.Output);
        Pattern.AssertIs(await pipe.ReceiveAsync(60_000), 0);
        await copying;
    });

    [Fact]
    public Task A_stream_writes_the_same() => RunAsync(async pipe =>
    {
        await using Stream stream = pipe.Output.AsStream(leaveOpen: true);
        Task writing = stream.WriteAsync(Pattern.Bytes(0, 60_000)).AsTask();
        Pattern.AssertIs(await pipe.ReceiveAsync(60_000), 0);
        await writing;
    });

    private protected abstract PipeSubject Create();

    private static void Write(PipeSubject pipe, long start, int count) => pipe.Output.Write(Pattern.Bytes(start, count));

    private async Task RunAsync(Func<PipeSubject, Task> test)
    {
        using PipeSubject pipe = Create();
        await pipe.RunAsync(() => test(pipe));
    }
}

/// <summary>The framework's own.</summary>
public sealed class FrameworkPipeWriterTests : PipeWriterTests
{
    private protected override PipeSubject Create() => new FrameworkPipe();
}

/// <summary>A port with private memory.</summary>
public sealed class PipeEndpointWriterTests : PipeWriterTests
{
    private protected override PipeSubject Create() => PortPipe.Copying(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true });
}

/// <summary>A port in place, on split rings.</summary>
public sealed class SplitInPlaceWriterTests : PipeWriterTests
{
    private protected override PipeSubject Create() =>
        PortPipe.InPlace(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true }, ~VirtioFeatures.RingPacked);
}

/// <summary>A port in place, on packed rings.</summary>
public sealed class PackedInPlaceWriterTests : PipeWriterTests
{
    private protected override PipeSubject Create() => PortPipe.InPlace(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true }, ~0UL);
}
