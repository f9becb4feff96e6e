using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Spec;

#pragma warning disable xUnit1051 // Whether there is a token is part of what is tested.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>The contract of a <see cref="PipeReader"/>: how a read, a copy and the whole come to an end.</summary>
public abstract class PipeReaderEndTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public Task A_read_canceled_beforehand_has_what_is_there(int bytes) => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, bytes));
        await pipe.SettleAsync();
        pipe.Input.CancelPendingRead();
        ReadResult result = await pipe.Input.ReadAsync();
        Assert.True(result.IsCanceled);
        Assert.Equal(bytes, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);

        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        await pipe.SettleAsync();
        Assert.False(read.IsCompleted);
        await pipe.SendAsync(Pattern.Bytes(bytes, 1));
        result = await read;
        Assert.False(result.IsCanceled);
        Assert.Equal(bytes + 1, result.Buffer.Length);
    });

    [Fact]
    public Task A_waiting_read_can_be_canceled() => RunAsync(async pipe =>
    {
        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        await pipe.SettleAsync();
        await Task.Run(pipe.Input.CancelPendingRead);
        ReadResult result = await read;
        Assert.True(result.IsCanceled);
        Assert.True(result.Buffer.IsEmpty);
        pipe.Input.AdvanceTo(result.Buffer.End);
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        Pattern.AssertIs(await pipe.ReadAsync(10), 0);
    });

    [Fact]
    public Task A_token_canceled_beforehand_ends_the_read_and_nothing_else() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        await pipe.SettleAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pipe.Input.ReadAsync(new CancellationToken(canceled: true)));
        Pattern.AssertIs(await pipe.ReadAsync(10), 0);
    });

    [Fact]
    public Task A_token_ends_a_waiting_read_and_nothing_else() => RunAsync(async pipe =>
    {
        for (int i = 0; i < 3; i++)
        {
            using var source = new CancellationTokenSource();
            ValueTask<ReadResult> read = pipe.Input.ReadAsync(source.Token);
            await pipe.SettleAsync();
            Assert.False(read.IsCompleted);
            await source.CancelAsync();
            OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
            Assert.Equal(source.Token, e.CancellationToken);
            await pipe.SendAsync(Pattern.Bytes(i * 10, 10));
            Pattern.AssertIs(await pipe.ReadAsync(10), i * 10);
        }
    });

    [Fact]
    public Task A_token_canceled_while_a_read_begins_ends_it() => RunAsync(async pipe =>
    {
        for (int i = 0; i < 3000; i++)
        {
            using var source = new CancellationTokenSource();
            using var ready = new ManualResetEventSlim();
            int spins = i % 64;
            Task canceling = Task.Run(() =>
            {
                ready.Set();
                Thread.SpinWait(spins);
                source.Cancel();
            });
            ready.Wait();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pipe.Input.ReadAsync(source.Token));
            await canceling;
        }
    });

    [Fact]
    public Task A_token_of_a_former_read_means_nothing_to_the_next() => RunAsync(async pipe =>
    {
        using var source = new CancellationTokenSource();
        ValueTask<ReadResult> read = pipe.Input.ReadAsync(source.Token);
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        pipe.Input.AdvanceTo((await read).Buffer.End);
        read = pipe.Input.ReadAsync();
        await source.CancelAsync();
        await pipe.SettleAsync();
        Assert.False(read.IsCompleted);
        await pipe.SendAsync(Pattern.Bytes(10, 10));
        Pattern.AssertIs((await read).Buffer.ToArray(), 10);
    });

    [Fact]
    public Task Nothing_is_read_after_Complete() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        pipe.Input.Complete();
        pipe.Input.Complete();
        Assert.Throws<InvalidOperationException>(() => pipe.Input.AdvanceTo(result.Buffer.End));
        Assert.Throws<InvalidOperationException>(() => pipe.Input.TryRead(out _));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.Input.ReadAsync());
    });

    [Fact]
    public Task The_end_comes_after_the_last_byte() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 3000));
        await pipe.EndAsync();
        long at = 0;
        ReadResult result;
        do
        {
            result = await pipe.Input.ReadAsync();
            Pattern.AssertIs(result.Buffer.ToArray(), at);
            at += result.Buffer.Length;
            pipe.Input.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
        Assert.Equal(3000, at);
        result = await pipe.Input.ReadAsync();
        Assert.True(result is { IsCompleted: true, Buffer.IsEmpty: true });
    });

    [Fact]
    public Task The_end_completes_a_waiting_read_with_what_was_kept() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 10));
        ReadResult result = await pipe.ReadUntilAsync(10);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(2), result.Buffer.End);
        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        await pipe.SettleAsync();
        Assert.False(read.IsCompleted);
        await pipe.EndAsync();
        result = await read;
        Assert.True(result.IsCompleted);
        Pattern.AssertIs(result.Buffer.ToArray(), 2);
        Assert.Equal(8, result.Buffer.Length);
    });

    [Fact]
    public Task CopyToAsync_copies_everything_up_to_the_end() => RunAsync(async pipe =>
    {
        using var stream = new MemoryStream();
        var other = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        Task copying = pipe.Input.CopyToAsync(stream);
        await pipe.SendAsync(Pattern.Bytes(0, 20_000));
        await pipe.EndAsync();
        await copying;
        Assert.Equal(20_000, stream.Length);
        Pattern.AssertIs(stream.ToArray(), 0);
        await pipe.Input.CopyToAsync(other.Writer); // Nothing, and it ends.
    });

    [Fact]
    public Task CopyToAsync_goes_on_where_the_pipe_lives_however_slow_the_other_side_is() => RunAsync(async pipe =>
    {
        var other = new Pipe(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 50, useSynchronizationContext: false));
        Task copying = pipe.Input.CopyToAsync(other.Writer);
        Task sending = pipe.SendAsync(Pattern.Bytes(0, 20_000));
        long read = await Task.Run(async () =>
        {
            long at = 0;
            while (at < 20_000)
            {
                ReadResult result = await other.Reader.ReadAsync();
                Pattern.AssertIs(result.Buffer.ToArray(), at);
                at += result.Buffer.Length;
                other.Reader.AdvanceTo(result.Buffer.End);
            }

            return at;
        });
        await sending;
        await pipe.EndAsync();
        await copying;
        Assert.Equal(20_000, read);
    });

    [Fact]
    public Task A_copy_ends_when_its_read_is_canceled() => RunAsync(async pipe =>
    {
        using var stream = new MemoryStream();
        Task copying = pipe.Input.CopyToAsync(stream);
        await pipe.SettleAsync();
        pipe.Input.CancelPendingRead();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying);
    });

    [Fact]
    public Task A_stream_reads_the_same() => RunAsync(async pipe =>
    {
        await using Stream stream = pipe.Input.AsStream(leaveOpen: true);
        Task sending = pipe.SendAsync(Pattern.Bytes(0, 5000));
        var bytes = new byte[5000];
        await stream.ReadExactlyAsync(bytes);
        await sending;
        Pattern.AssertIs(bytes, 0);
        await pipe.EndAsync();
        Assert.Equal(0, await stream.ReadAsync(bytes));
    });

    private protected abstract PipeSubject Create();

    private async Task RunAsync(Func<PipeSubject, Task> test)
    {
        using PipeSubject pipe = Create();
        await pipe.RunAsync(() => test(pipe));
    }
}

/// <summary>The framework's own.</summary>
public sealed class FrameworkPipeReaderEndTests : PipeReaderEndTests
{
    private protected override PipeSubject Create() => new FrameworkPipe();
}

/// <summary>A port with private memory.</summary>
public sealed class PipeEndpointReaderEndTests : PipeReaderEndTests
{
    private protected override PipeSubject Create() => PortPipe.Copying(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true });
}

/// <summary>A port in place, on split rings.</summary>
public sealed class SplitInPlaceReaderEndTests : PipeReaderEndTests
{
    private protected override PipeSubject Create() =>
        PortPipe.InPlace(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true }, ~VirtioFeatures.RingPacked);
}

/// <summary>A port in place, on packed rings.</summary>
public sealed class PackedInPlaceReaderEndTests : PipeReaderEndTests
{
    private protected override PipeSubject Create() => PortPipe.InPlace(new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = true }, ~0UL);
}
