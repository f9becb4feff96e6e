using System.Security.Cryptography;
using FastRing.Guest.Tests.Support;
using FastRing.Interop;

namespace FastRing.Guest.Tests;

public sealed class GuestChannelTests
{
    private readonly byte[] _buffer = new byte[64];

    [Fact]
    public async Task A_read_waits_for_a_host_that_is_not_there_yet()
    {
        FakePort port = new();
        Task<int> read = port.Channel.ReadAsync(_buffer).AsTask();
        Assert.False(read.IsCompleted);

        port.Connect();
        Assert.False(read.IsCompleted);
        port.Send(1, 2, 3);

        Assert.Equal(3, await read.Soon());
    }

    [Fact]
    public async Task A_read_goes_on_over_one_host_program_and_the_next()
    {
        FakePort port = new(hostConnected: true);
        port.Send(1);
        port.Leave();
        Assert.Equal(1, await port.Channel.ReadAsync(_buffer).Soon());
        Task<int> read = port.Channel.ReadAsync(_buffer).AsTask();

        port.Connect();
        port.Send(2);

        Assert.Equal(1, await read.Soon());
        Assert.Equal(2, _buffer[0]);
    }

    [Fact]
    public async Task A_write_waits_for_room_and_for_a_host()
    {
        FakePort port = new() { Room = 2 };
        Task write = port.Channel.WriteAsync(new byte[] { 1, 2, 3, 4 }).AsTask();
        Assert.Empty(port.ToHost);

        port.Connect();
        await Eventually.IsAsync(() => port.ToHost.Length == 2, "what there is room for is written");
        Assert.False(write.IsCompleted);
        port.Room = 10;
        port.Channel.LookAgain();

        await write.Soon();
        Assert.Equal([1, 2, 3, 4], port.ToHost);
    }

    [Fact]
    public async Task Coming_and_leaving_of_the_host_are_told_in_order()
    {
        FakePort port = new();
        List<string> told = [];
        port.Channel.HostOpened += (_, _) => told.Add("opened");
        port.Channel.HostClosed += (_, _) => told.Add("closed");

        for (int i = 0; i < 20; i++)
        {
            port.Connect();
            port.Channel.LookAgain();
            port.Leave();
        }

        await Eventually.IsAsync(() => told.Count == 40, "every change is told once");
        Assert.Equal(Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "opened" : "closed"), told);
    }

    [Fact]
    public async Task Readers_and_writers_that_wait_hear_of_a_removal()
    {
        FakePort port = new(hostConnected: true) { Room = 0 };
        Task read = port.Channel.ReadAsync(_buffer).AsTask();
        Task write = port.Channel.WriteAsync(new byte[1]).AsTask();

        port.Remove();

        await Assert.ThrowsAsync<PortRemovedException>(() => read.Soon());
        await Assert.ThrowsAsync<PortRemovedException>(() => write.Soon());
        await Eventually.IsAsync(() => port.Channel.Removed.IsCancellationRequested, "the token is cancelled");
        Assert.False(port.Channel.IsHostConnected);
    }

    [Fact]
    public async Task Waiting_calls_can_be_cancelled_and_made_again()
    {
        FakePort port = new(hostConnected: true) { Room = 0 };
        using CancellationTokenSource stop = new();
        Task<int> read = port.Channel.ReadAsync(_buffer, stop.Token).AsTask();
        Task write = port.Channel.WriteAsync(new byte[1], stop.Token).AsTask();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.Soon());

        port.Room = 1;
        port.Send(9);
        Assert.Equal(1, await port.Channel.ReadAsync(_buffer).Soon());
        await port.Channel.WriteAsync(new byte[1]).Soon();
    }

    [Fact]
    public async Task Disposing_a_channel_ends_what_waits_on_it()
    {
        FakePort port = new(hostConnected: true) { Room = 0 };
        Task read = port.Channel.ReadAsync(_buffer).AsTask();
        Task write = port.Channel.WriteAsync(new byte[1]).AsTask();

        port.Channel.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => write.Soon());
        Assert.True(port.IsDisposed);
    }

    [Fact]
    public async Task Megabytes_go_both_ways_at_once_through_a_real_descriptor()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        ours.SetNonBlocking();
        theirs.SetNonBlocking();
        await using GuestChannel first = GuestChannel.Over(ours, "pair");
        await using GuestChannel second = GuestChannel.Over(theirs, "pair");
        byte[] sent = RandomNumberGenerator.GetBytes(4 << 20);
        byte[] there = new byte[sent.Length];
        byte[] back = new byte[sent.Length];

        await Task.WhenAll(
            first.WriteAsync(sent).Soon(), second.WriteAsync(sent).Soon(),
            first.ReadExactlyAsync(back).Soon(), second.ReadExactlyAsync(there).Soon());

        Assert.Equal(sent, there);
        Assert.Equal(sent, back);
    }

    [Fact]
    public async Task A_real_descriptor_closes_under_a_reader_that_waits()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using OwnedFd other = theirs;
        ours.SetNonBlocking();
        GuestChannel channel = GuestChannel.Over(ours, "pair");
        Task read = channel.ReadAsync(_buffer).AsTask();

        channel.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.Soon());
        Assert.Equal(0, other.Read(_buffer));
    }
}
