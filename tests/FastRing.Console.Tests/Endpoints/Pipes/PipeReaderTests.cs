using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Spec;

#pragma warning disable xUnit1051 // Whether there is a token is part of what is tested.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>The contract of a <see cref="PipeReader"/>: what holds for the framework's own pipe holds for a port.</summary>
public abstract class PipeReaderTests
{
    [Fact]
    public Task Bytes_arrive() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 100));
        ReadResult result = await pipe.ReadUntilAsync(100);
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        Assert.Equal(100, result.Buffer.Length);
        Assert.False(result.IsCompleted || result.IsCanceled);
        pipe.Input.AdvanceTo(result.Buffer.End);
    });

    [Fact]
    public Task A_read_waits_for_bytes() => RunAsync(async pipe =>
    {
        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        await pipe.SettleAsync();
        Assert.False(read.IsCompleted);
        await pipe.SendAsync("bytes"u8.ToArray());
        ReadResult result = await read;
        Assert.Equal("bytes"u8.ToArray(), result.Buffer.ToArray());
        pipe.Input.AdvanceTo(result.Buffer.End);
    });

    [Fact]
    public Task A_stream_of_messages_arrives_in_order() => RunAsync(async pipe =>
    {
        Task sending = pipe.SendAsync(Pattern.Bytes(0, 200_000));
        for (int at = 0; at < 200_000;)
        {
            ReadResult result = await pipe.Input.ReadAsync();
            Pattern.AssertIs(result.Buffer.ToArray(), at);
            at += (int)result.Buffer.Length;
            pipe.Input.AdvanceTo(result.Buffer.End);
        }

        await sending;
    });

    [Fact]
    public Task What_was_not_examined_completes_the_next_read_at_once() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.GetPosition(9));
        ValueTask<ReadResult> again = pipe.Input.ReadAsync();
        Assert.True(again.IsCompleted);
        result = await again;
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        Assert.Equal(10, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.End);
    });

    [Fact]
    public Task What_was_examined_and_not_consumed_comes_again_with_more() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        await pipe.SettleAsync();
        Assert.False(read.IsCompleted);
        await pipe.SendAsync(Pattern.Bytes(10, 5));
        result = await read;
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        Assert.Equal(15, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.End);
    });

    [Fact]
    public Task What_was_consumed_in_part_comes_again_without_that_part() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(4));
        result = await pipe.Input.ReadAsync();
        Pattern.AssertIs(result.Buffer.ToArray(), 4);
        Assert.Equal(6, result.Buffer.Length);

        // Now all of it is examined: the next read has to wait, and has the rest before what is new.
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(2), result.Buffer.End);
        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        await pipe.SettleAsync();
        Assert.False(read.IsCompleted);
        await pipe.SendAsync(Pattern.Bytes(10, 3));
        result = await read;
        Pattern.AssertIs(result.Buffer.ToArray(), 6);
        Assert.Equal(7, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.End);
    });

    [Fact]
    public Task Positions_may_lie_in_any_buffer() => RunAsync(async pipe =>
    {
        Task sending = pipe.SendAsync(Pattern.Bytes(0, 6000));
        for (int at = 0; at + 7 <= 6000; at += 7)
        {
            Pattern.AssertIs(await pipe.ReadAsync(7), at);
        }

        await sending;
        Pattern.AssertIs(await pipe.ReadAsync(6000 % 7), 6000 - (6000 % 7));
    });

    [Fact]
    public Task A_message_may_be_longer_than_all_the_other_sides_buffers() => RunAsync(async pipe =>
    {
        Task sending = pipe.SendAsync(Pattern.Bytes(0, PipeSubject.Limit - 1));
        ReadResult result = await pipe.ReadUntilAsync(PipeSubject.Limit - 1);
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        pipe.Input.AdvanceTo(result.Buffer.End);
        await sending;
    });

    [Fact]
    public Task ReadAtLeastAsync_has_that_much() => RunAsync(async pipe =>
    {
        Task sending = pipe.SendAsync(Pattern.Bytes(0, 12_000));
        ReadResult result = await pipe.Input.ReadAtLeastAsync(12_000);
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        Assert.Equal(12_000, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.End);
        await sending;
    });

    [Fact]
    public Task Examined_may_not_lie_before_consumed() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        Assert.Throws<InvalidOperationException>(() => pipe.Input.AdvanceTo(result.Buffer.GetPosition(5), result.Buffer.GetPosition(4)));
    });

    [Fact]
    public Task Examined_may_go_back() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        await pipe.SendAsync(Pattern.Bytes(10, 10));
        result = await pipe.Input.ReadAsync();
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.GetPosition(7));
        Assert.True(pipe.Input.TryRead(out result));
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(3), result.Buffer.GetPosition(5));
        Pattern.AssertIs(await pipe.ReadAsync(17), 3);
    });

    [Fact]
    public Task There_is_nothing_to_advance_over_before_a_read_and_after_an_advance() => RunAsync(async pipe =>
    {
        Assert.Throws<InvalidOperationException>(() => pipe.Input.AdvanceTo(default));
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        pipe.Input.AdvanceTo(result.Buffer.Start);
        Assert.Throws<InvalidOperationException>(() => pipe.Input.AdvanceTo(result.Buffer.Start));
    });

    [Fact]
    public Task A_second_read_has_to_wait_for_the_advance() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.Input.ReadAsync());
        Assert.Throws<InvalidOperationException>(() => pipe.Input.TryRead(out _));
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(3));
        Pattern.AssertIs(await pipe.ReadAsync(7), 3);
    });

    [Fact]
    public Task TryRead_does_not_wait() => RunAsync(async pipe =>
    {
        Assert.False(pipe.Input.TryRead(out _));
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        await pipe.SettleAsync();
        Assert.True(pipe.Input.TryRead(out ReadResult result));
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.GetPosition(9));
        Assert.True(pipe.Input.TryRead(out result));
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        Assert.False(pipe.Input.TryRead(out _));

        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        Assert.Throws<InvalidOperationException>(() => pipe.Input.TryRead(out _));
        await pipe.SendAsync(Pattern.Bytes(10, 1));
        Pattern.AssertIs((await read).Buffer.ToArray(), 0);
    });

    [Fact]
    public Task The_other_side_waits_while_nobody_reads() => RunAsync(async pipe =>
    {
        int sent = await SendUntilItWaitsAsync(pipe, 0);
        Assert.InRange(sent, 1000, 3 * PipeSubject.Limit);
        for (int at = 0; at < sent;)
        {
            ReadResult result = await pipe.Input.ReadAsync();
            Pattern.AssertIs(result.Buffer.ToArray(), at);
            at += (int)result.Buffer.Length;
            pipe.Input.AdvanceTo(result.Buffer.End);
        }

        await pipe.SendAsync(Pattern.Bytes(sent, 10));
        Pattern.AssertIs(await pipe.ReadAsync(10), sent);
    });

    [Fact]
    public Task A_read_that_is_open_does_not_change_while_more_is_sent() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 700));
        ReadResult result = await pipe.ReadUntilAsync(700);
        int sent = 700 + await SendUntilItWaitsAsync(pipe, 700);
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        Assert.Equal(700, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(100), result.Buffer.End);
        result = await pipe.Input.ReadAsync();
        Pattern.AssertIs(result.Buffer.ToArray(), 100);
        Assert.InRange(result.Buffer.Length, 601, sent);
    });

    private protected abstract PipeSubject Create();

    private static async Task<int> SendUntilItWaitsAsync(PipeSubject pipe, int start)
    {
        int sent = 0;
        for (int idle = 0; idle < 2; idle++)
        {
            for (int now = -1; now != 0; sent += now)
            {
                now = pipe.SendNow(Pattern.Bytes(start + sent, 1000));
                idle = now > 0 ? 0 : idle;
            }

            await pipe.SettleAsync();
        }

        return sent;
    }

    private async Task RunAsync(Func<PipeSubject, Task> test)
    {
        using PipeSubject pipe = Create();
        await pipe.RunAsync(() => test(pipe));
    }
}

/// <summary>The framework's own.</summary>
public sealed class FrameworkPipeReaderTests : PipeReaderTests
{
    private protected override PipeSubject Create() => new FrameworkPipe();
}

/// <summary>A port with private memory.</summary>
public sealed class PipeEndpointReaderTests : PipeReaderTests
{
    private protected override PipeSubject Create() => PortPipe.Copying(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true });
}

/// <summary>A port in place, on split rings.</summary>
public sealed class SplitInPlaceReaderTests : PipeReaderTests
{
    private protected override PipeSubject Create() =>
        PortPipe.InPlace(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true }, ~VirtioFeatures.RingPacked);
}

/// <summary>A port in place, on packed rings.</summary>
public sealed class PackedInPlaceReaderTests : PipeReaderTests
{
    private protected override PipeSubject Create() => PortPipe.InPlace(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true }, ~0UL);
}
