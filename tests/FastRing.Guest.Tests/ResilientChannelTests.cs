using FastRing.Guest.Tests.Support;

namespace FastRing.Guest.Tests;

public sealed class ResilientChannelTests : IAsyncLifetime
{
    private readonly Queue<FakePort> _ports = new();
    private readonly ResilientChannel _channel;
    private readonly byte[] _buffer = new byte[64];

    public ResilientChannelTests()
    {
        _channel = new ResilientChannel("fake", _ => Task.FromResult(_ports.Dequeue().Channel));
    }

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    [Fact]
    public async Task A_session_begins_when_somebody_comes_to_the_hosts_end()
    {
        FakePort port = Plug(connected: false);
        Task<ChannelSession> accepted = _channel.AcceptAsync();
        Assert.False(accepted.IsCompleted);

        port.Connect();

        Assert.Equal(1, (await accepted.Soon()).Number);
    }

    [Fact]
    public async Task What_was_sent_before_the_guest_looked_is_in_the_session()
    {
        FakePort port = Plug(connected: false);
        port.Unseen(p =>
        {
            p.Connect();
            p.Send(1, 2, 3);
            p.Leave();
        });

        ChannelSession session = await _channel.AcceptAsync().Soon();

        Assert.Equal(2, await session.ReadAsync(_buffer.AsMemory(0, 2)).Soon());
        Assert.Equal(1, await session.ReadAsync(_buffer).Soon());
        Assert.Equal(0, await session.ReadAsync(_buffer).Soon());
    }

    [Fact]
    public async Task A_session_ends_when_the_host_leaves_after_everything_was_read()
    {
        FakePort port = Plug(connected: true);
        ChannelSession session = await _channel.AcceptAsync().Soon();
        port.Send(1, 2, 3);
        port.Leave();

        Assert.Equal(3, await session.ReadAsync(_buffer).Soon());
        Assert.Equal(0, await session.ReadAsync(_buffer).Soon());
        Assert.Equal(0, await session.ReadAsync(_buffer).Soon());
        await Eventually.IsAsync(() => session.Ended.IsCancellationRequested, "the token is cancelled");
        Assert.False(session.IsPortRemoved);
    }

    [Fact]
    public async Task A_reader_that_is_late_never_gets_the_next_programs_bytes()
    {
        FakePort port = Plug(connected: true);
        ChannelSession first = await _channel.AcceptAsync().Soon();
        port.Send(1, 2);
        port.Leave();
        port.Connect();
        port.Send(3, 4);

        Assert.Equal(2, await first.ReadAsync(_buffer).Soon());
        Assert.Equal([1, 2], _buffer[..2]);
        Assert.Equal(0, await first.ReadAsync(_buffer).Soon());
        await Assert.ThrowsAsync<SessionEndedException>(() => first.WriteAsync(new byte[1]).Soon());

        ChannelSession second = await _channel.AcceptAsync().Soon();
        Assert.Equal(2, await second.ReadAsync(_buffer).Soon());
        Assert.Equal([3, 4], _buffer[..2]);
    }

    [Fact]
    public async Task What_a_program_sent_and_nobody_read_is_discarded()
    {
        FakePort port = Plug(connected: true);
        ChannelSession first = await _channel.AcceptAsync().Soon();
        port.Send(1, 2);
        Task<ChannelSession> next = _channel.AcceptAsync();
        port.Send(3);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.ReadAsync(_buffer).Soon());
        port.Leave();
        Assert.False(next.IsCompleted);

        port.Connect();
        ChannelSession second = await next.Soon();
        port.Send(4);

        Assert.Equal(1, await second.ReadAsync(_buffer).Soon());
        Assert.Equal(4, _buffer[0]);
    }

    [Fact]
    public async Task A_writer_that_waits_for_room_is_told_when_the_host_leaves()
    {
        FakePort port = Plug(connected: true);
        port.Room = 1;
        ChannelSession session = await _channel.AcceptAsync().Soon();
        Task write = session.WriteAsync(new byte[3]).AsTask();

        port.Leave();
        port.Room = 10;
        port.Connect();

        SessionEndedException e = await Assert.ThrowsAsync<SessionEndedException>(() => write.Soon());
        Assert.Contains("session 1 of port 'fake'", e.Message, StringComparison.Ordinal);
        Assert.Single(port.ToHost);
    }

    [Fact]
    public async Task A_port_that_goes_and_comes_back_is_a_new_session()
    {
        FakePort port = Plug(connected: true);
        List<int> told = [];
        _channel.SessionBegan += (_, _) => told.Add(_channel.Sessions);
        ChannelSession first = await _channel.AcceptAsync().Soon();
        Task<int> read = first.ReadAsync(_buffer).AsTask();
        FakePort again = Plug(connected: true);

        port.Remove();
        Assert.Equal(0, await read.Soon());
        Assert.True(first.IsPortRemoved);
        ChannelSession second = await _channel.AcceptAsync().Soon();
        again.Send(7);

        Assert.Equal(1, await second.ReadAsync(_buffer).Soon());
        Assert.Equal([1, 2], told);
        Assert.True(port.IsDisposed);
    }

    [Fact]
    public async Task A_port_that_goes_while_nobody_is_there_is_opened_again()
    {
        FakePort port = Plug(connected: false);
        Task<ChannelSession> accepted = _channel.AcceptAsync();
        FakePort again = Plug(connected: false);

        port.Remove();
        await Eventually.IsAsync(() => port.IsDisposed, "the old one is closed");
        again.Connect();

        Assert.Equal(1, (await accepted.Soon()).Number);
    }

    /// <summary>The poller may look late: the program it saw leaving was the last session's.</summary>
    [Fact]
    public async Task A_look_that_comes_late_does_not_end_the_session_that_began_meanwhile()
    {
        FakePort port = Plug(connected: true);
        ChannelSession session = await _channel.AcceptAsync().Soon();
        port.Send(1);

        session.LookAgain(hostConnected: false);
        port.Send(2);

        Assert.Equal(1, await session.ReadAsync(_buffer).Soon());
        Assert.Equal(1, await session.ReadAsync(_buffer).Soon());
        Assert.Equal(2, _buffer[0]);
        await session.WriteAsync(new byte[1]).Soon();
    }

    [Fact]
    public async Task A_host_that_leaves_in_a_flood_costs_bounded_memory_and_loses_nothing()
    {
        FakePort port = Plug(connected: true);
        ChannelSession session = await _channel.AcceptAsync().Soon();
        byte[] flood = new byte[6 << 20];
        Random.Shared.NextBytes(flood);
        port.Send(flood);
        port.Leave();

        using MemoryStream received = new();
        await session.CopyToAsync(received).Soon();

        Assert.Equal(flood, received.ToArray());
    }

    [Fact]
    public async Task Waiting_for_a_session_can_be_cancelled_and_done_again()
    {
        FakePort port = Plug(connected: true);
        _ = await _channel.AcceptAsync().Soon();
        using CancellationTokenSource stop = new();
        Task<ChannelSession> next = _channel.AcceptAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.Soon());

        port.Leave();
        port.Connect();

        Assert.Equal(2, (await _channel.AcceptAsync().Soon()).Number);
    }

    [Fact]
    public async Task All_sessions_come_one_after_the_other()
    {
        FakePort port = Plug(connected: false);
        Task<int> sum = Task.Run(async () =>
        {
            int total = 0;
            await foreach (ChannelSession session in _channel.SessionsAsync())
            {
                int count;
                while ((count = await session.ReadAsync(_buffer)) > 0)
                {
                    total += _buffer.AsSpan(0, count).ToArray().Sum(b => b);
                }

                if (session.Number == 10)
                {
                    return total;
                }
            }

            return -1;
        });

        for (byte i = 1; i <= 10; i++)
        {
            port.Connect();
            port.Send(i);
            port.Leave();
            int session = i;
            await Eventually.IsAsync(() => _channel.Sessions == session, "a session for each program");
        }

        Assert.Equal(55, await sum.Soon());
    }

    private FakePort Plug(bool connected)
    {
        FakePort port = new(connected);
        _ports.Enqueue(port);
        return port;
    }
}
