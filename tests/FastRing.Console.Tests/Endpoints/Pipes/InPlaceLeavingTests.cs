using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;

#pragma warning disable xUnit1051 // The tests run on the device's worker: their deadline is the harness'.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>A pipe over guest memory when the guest, its session, or the port goes.</summary>
public abstract class InPlaceLeavingTests(ulong features)
{
    [Fact]
    public Task Memory_that_is_unmapped_leaves_copies_behind() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 3500));
        ReadResult result = await pipe.ReadUntilAsync(3500);
        Memory<byte> memory = pipe.Output.GetMemory();
        Pattern.Fill(memory.Span[..300], 0);
        pipe.Output.Advance(100);
        await Task.Run(pipe.EndGuest);

        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        Pattern.AssertIs(memory.Span[..300], 0);
        memory.Span.Fill(1);
        pipe.Output.Advance(100);
        Assert.False((await pipe.Output.FlushAsync()).IsCompleted);
        pipe.Output.GetSpan(1000).Fill(1);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(1000));
        result = await pipe.Input.ReadAsync();
        Pattern.AssertIs(result.Buffer.ToArray(), 1000);
        pipe.Input.AdvanceTo(result.Buffer.End);
        Assert.False(pipe.Input.TryRead(out _));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Memory_kept_after_it_was_written_reaches_nothing(bool flushed) => RunAsync(async pipe =>
    {
        Memory<byte> memory = pipe.Output.GetMemory();
        pipe.Output.Advance(flushed ? 1 : memory.Length);
        if (flushed)
        {
            await pipe.Output.FlushAsync();
            Assert.Throws<ArgumentOutOfRangeException>(() => memory.Span[0] = 2); // It is the guest's by now.
        }

        await Task.Run(pipe.EndGuest);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Span[0] = 2);
    });

    [Fact]
    public Task A_guest_that_was_reset_in_the_middle_of_a_read_costs_the_next_no_byte() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 3500));
        ReadResult result = await pipe.ReadUntilAsync(3500);
        await pipe.NewGuestAsync();
        pipe.Input.AdvanceTo(result.Buffer.End);
        await pipe.SendAsync(Pattern.Bytes(0, 5000));
        Pattern.AssertIs(await pipe.ReadAsync(5000), 0);
    });

    [Fact]
    public Task What_a_guest_sent_and_nobody_read_goes_with_it() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(new byte[3500]);
        await pipe.SettleAsync();
        uint guest = pipe.Session.Guest;
        await pipe.NewGuestAsync();
        Assert.Equal(guest + 1, pipe.Session.Guest);
        await pipe.SendAsync(Pattern.Bytes(0, 5000));
        Pattern.AssertIs(await pipe.ReadAsync(5000), 0);
    });

    [Fact]
    public Task A_guest_that_closes_the_port_loses_nothing_it_has_sent() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 8000));
        ReadResult result = await pipe.ReadUntilAsync(1);
        await Task.Run(pipe.Close);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(500));
        Pattern.AssertIs(await pipe.ReadAsync(3000), 500);
        uint opens = pipe.Session.GuestOpens;
        await Task.Run(pipe.Open);
        Assert.Equal(opens + 1, pipe.Session.GuestOpens);
        await pipe.SendAsync(Pattern.Bytes(8000, 1000));
        Pattern.AssertIs(await pipe.ReadAsync(5500), 3500);
        Assert.False(pipe.Input.TryRead(out _));
    });

    [Fact]
    public Task What_is_written_while_the_guest_has_the_port_closed_waits_for_it() => RunAsync(async pipe =>
    {
        Memory<byte> memory = pipe.Output.GetMemory();
        await Task.Run(pipe.Close);
        Pattern.Fill(memory.Span[..100], 0);
        pipe.Output.Advance(100);
        Assert.False((await pipe.Output.FlushAsync()).IsCompleted);
        await pipe.SettleAsync();
        Assert.Equal(0, pipe.ReceiveNow(new byte[1]));
        await Task.Run(pipe.Open);
        Pattern.AssertIs(await pipe.ReceiveAsync(100), 0);
    });

    [Fact]
    public Task A_pipe_for_one_session_sees_nothing_of_the_next() => RunAsync(
        async pipe =>
        {
            await pipe.SendAsync(Pattern.Bytes(0, 3000));
            ReadResult result = await pipe.ReadUntilAsync(3000);
            pipe.Input.AdvanceTo(result.Buffer.GetPosition(1000));
            await Task.Run(pipe.Close);
            Assert.True(pipe.Endpoint.IsOpen);
            await Task.Run(pipe.Open);
            Assert.False(pipe.Endpoint.IsOpen);
            pipe.SendNow(new byte[100]);
            await pipe.SettleAsync();
            result = await pipe.Input.ReadAsync();
            Assert.True(result is { IsCompleted: true, Buffer.IsEmpty: true });
        },
        PortPipe.InPlace(Options(endsWithGuest: true), features));

    [Fact]
    public Task The_hosts_side_closes_when_the_last_byte_of_a_session_is_read() => RunAsync(
        async pipe =>
        {
            await pipe.SendAsync(Pattern.Bytes(0, 3000));
            await Task.Run(pipe.Close);
            Assert.True(pipe.Endpoint.IsOpen);
            Pattern.AssertIs(await pipe.ReadAsync(3000), 0);
            Assert.True((await pipe.Input.ReadAsync()).IsCompleted);
            Assert.False(pipe.Endpoint.IsOpen);
            Assert.True((await pipe.Output.WriteAsync(new byte[1])).IsCompleted);
        },
        PortPipe.InPlace(Options(endsWithGuest: true), features));

    [Fact]
    public Task The_hosts_side_closes_when_both_ends_are_complete_and_the_last_byte_is_the_guests() => RunAsync(async pipe =>
    {
        pipe.Output.Write(Pattern.Bytes(0, 10_000));
        pipe.Output.Complete();
        Assert.True(pipe.Endpoint.IsOpen);
        pipe.Input.Complete();
        Assert.True(pipe.Endpoint.IsOpen);
        Pattern.AssertIs(await pipe.ReceiveAsync(10_000), 0);
        await pipe.SettleAsync();
        Assert.False(pipe.Endpoint.IsOpen);
        await pipe.SettleAsync();
        Assert.False(pipe.HearsHostOpen());
    });

    [Fact]
    public Task A_port_that_is_removed_completes_both_sides_and_leaves_a_copy_of_what_is_being_read() => RunAsync(async pipe =>
    {
        await pipe.SendAsync(Pattern.Bytes(0, 3500));
        ReadResult result = await pipe.ReadUntilAsync(3500);
        Memory<byte> memory = pipe.Output.GetMemory();
        await pipe.Console.Device.RemovePortAsync(pipe.Port);
        var next = new TestEndpoint();
        await pipe.Console.Device.AddPortAsync(new PortOptions("next", next) { Id = 1 });
        await pipe.SettleAsync();
        pipe.Sent.Fill(0xee);

        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        memory.Span.Fill(1);
        pipe.Output.Advance(100);
        pipe.Output.Write(new byte[5000]);
        Assert.True((await pipe.Output.FlushAsync()).IsCompleted);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(1000), result.Buffer.End);
        result = await pipe.Input.ReadAsync();
        Assert.True(result.IsCompleted);
        Pattern.AssertIs(result.Buffer.ToArray(), 1000);
        Assert.Equal(2500, result.Buffer.Length);
        pipe.Input.AdvanceTo(result.Buffer.End);
        pipe.Input.Complete();
        pipe.Output.Complete();
        Assert.Equal(0, next.Reads);
        Assert.Equal(0UL, pipe.Console.PortOf("next").Counters.BytesToGuest);
    });

    [Fact]
    public Task A_ring_that_breaks_under_what_was_written_is_reported_once_and_the_other_goes_on() => RunAsync(async pipe =>
    {
        DriverQueue receive = pipe.Console.Transport[QueueMap.ReceiveQueue(1)].Driver;
        Assert.True(receive.Ring.TryAdd([], [new DriverBuffer(new(1UL << 40), 10)], 99)); // Behind eight good ones.
        receive.PublishAndKick();
        await pipe.SendAsync(Pattern.Bytes(0, 3500));
        ReadResult result = await pipe.ReadUntilAsync(3500);
        pipe.Output.Write(new byte[8 * 512]);
        Assert.False(pipe.IsGuests(pipe.Output.GetSpan()));
        await pipe.SettleAsync();

        Assert.Single(pipe.Console.Transport.Broken);
        Assert.Equal(1UL, pipe.Console.Device.Counters.BrokenQueues);
        Pattern.AssertIs(result.Buffer.ToArray(), 0);
        pipe.Input.AdvanceTo(result.Buffer.GetPosition(100));
        await pipe.SendAsync(Pattern.Bytes(3500, 5000));
        Pattern.AssertIs(await pipe.ReadAsync(8400), 100);
        Assert.False((await pipe.Output.FlushAsync()).IsCompleted);
        Assert.False(pipe.Port.HasStopped);
    });

    [Fact]
    public Task A_waiting_read_and_a_waiting_flush_end_with_the_port() => RunAsync(async pipe =>
    {
        ValueTask<ReadResult> read = pipe.Input.ReadAsync();
        ValueTask<FlushResult> flush = pipe.Output.WriteAsync(new byte[100_000]);
        Assert.False(read.IsCompleted || flush.IsCompleted);
        await pipe.Console.Device.RemovePortAsync(pipe.Port);
        Assert.True((await read).IsCompleted);
        Assert.True((await flush).IsCompleted);
    });

    private static PipeEndpointOptions Options(bool endsWithGuest = false) => new() { BufferLimit = PipeSubject.Limit, EndsWithGuest = endsWithGuest };

    private async Task RunAsync(Func<PortPipe, Task> test, PortPipe? pipe = null)
    {
        using (pipe ??= PortPipe.InPlace(Options(), features))
        {
            await pipe.RunAsync(() => test(pipe));
        }
    }
}

/// <summary>On split rings.</summary>
public sealed class SplitInPlaceLeavingTests() : InPlaceLeavingTests(~VirtioFeatures.RingPacked);

/// <summary>On packed rings.</summary>
public sealed class PackedInPlaceLeavingTests() : InPlaceLeavingTests(~0UL);
