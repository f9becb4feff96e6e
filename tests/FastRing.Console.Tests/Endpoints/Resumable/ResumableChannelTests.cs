using System.Net.Sockets;
using FastRing.Client;
using FastRing.Console.Endpoints.Resumable;

namespace FastRing.Console.Tests.Endpoints.Resumable;

/// <summary>The client library, over connections that are cut at random.</summary>
[Collection(nameof(Alone))]
public sealed class ResumableChannelTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly TestConsole _console;
    private readonly DrivenGuest _guest;
    private Socket? _connection;
    private int _connections;

    public ResumableChannelTests()
    {
        _console = new TestConsole(new PortOptions("a", new ResumableEndpoint(_folder["a"])));
        _guest = new DrivenGuest(_console);
    }

    public void Dispose()
    {
        _guest.Dispose();
        _console.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Streams_are_whole_both_ways_over_connections_that_are_cut_at_random()
    {
        const int Bytes = 8 << 20;
        await using ResumableChannel channel = Channel();
        ResumableStream session = await channel.NextSessionAsync().WaitAsync(s_patience);
        _guest.Send(Pattern.Bytes(0, Bytes));
        Task write = Task.Run(async () =>
        {
            await session.WriteAsync(Pattern.Bytes(77, Bytes));
            await session.FlushAsync();
        });
        using var stop = new CancellationTokenSource();
        Task cuts = CutAsync(stop.Token);

        byte[] received = new byte[Bytes];
        await session.ReadExactlyAsync(received).AsTask().WaitAsync(s_patience);
        await write.WaitAsync(s_patience);
        await stop.CancelAsync();
        await cuts;

        Pattern.AssertIs(received, 0);
        _guest.Until(g => g.Received.Length == Bytes, "all of it");
        Pattern.AssertIs(_guest.Received, 77);
        Assert.Null(session.Ended);
        Assert.True(_connections > 5, $"cut {_connections} times only"); // Or it shows nothing.
    }

    [Fact]
    public async Task A_guest_that_closes_and_opens_the_port_gives_one_session_after_the_other()
    {
        await using ResumableChannel channel = Channel();
        for (int i = 0; i < 5; i++)
        {
            ResumableStream session = await channel.NextSessionAsync().WaitAsync(s_patience);
            _guest.Send(Pattern.Bytes(i, 100_000));
            byte[] received = new byte[100_000];
            await session.ReadExactlyAsync(received).AsTask().WaitAsync(s_patience);
            await session.WriteAsync("hello"u8.ToArray());
            await session.FlushAsync().WaitAsync(s_patience);
            _guest.Close();

            Assert.Equal(0, await session.ReadAsync(received).AsTask().WaitAsync(s_patience));
            Assert.Equal(new SessionEnded(SessionEnd.GuestClosed, 100_000, 5), session.Ended);
            Pattern.AssertIs(received, i);
            await Assert.ThrowsAsync<SessionEndedException>(async () => await session.WriteAsync(received));
            _guest.Open();
        }
    }

    [Fact]
    public async Task A_channel_that_is_disposed_of_ends_its_session()
    {
        ResumableChannel channel = Channel();
        ResumableStream session = await channel.NextSessionAsync().WaitAsync(s_patience);
        await session.WriteAsync("last"u8.ToArray());
        await session.FlushAsync().WaitAsync(s_patience);
        await channel.DisposeAsync();

        _guest.Until(g => !g.IsHostOpen, "the guest hears of the end");
        Assert.Equal("last"u8.ToArray(), _guest.Received);
        Assert.Equal(SessionEnd.Lost, session.Ended!.Why);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => channel.NextSessionAsync());
    }

    [Fact]
    public async Task A_daemon_that_can_not_be_reached_is_given_up_in_the_end()
    {
        var options = new ResumableOptions { Patience = TimeSpan.FromMilliseconds(50) };
        await using var channel = new ResumableChannel(_folder["nobody"], options);
        IOException e = await Assert.ThrowsAsync<IOException>(() => channel.NextSessionAsync().WaitAsync(s_patience));
        Assert.Contains("could not be reached", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_channel_waits_for_the_firsts_end_unless_it_takes_over()
    {
        await using ResumableChannel first = Channel();
        ResumableStream session = await first.NextSessionAsync().WaitAsync(s_patience);
        await using var second = new ResumableChannel(_folder["a"], new ResumableOptions { TakesOver = true });
        Task<ResumableStream> next = second.NextSessionAsync();
        _console.Settle();
        Assert.False(next.IsCompleted);

        await session.WriteAsync("x"u8.ToArray());
        await session.FlushAsync().WaitAsync(s_patience);
        await first.DisposeAsync();
        Assert.NotEqual(session.Session, (await next.WaitAsync(s_patience)).Session);
    }

    [Fact]
    public async Task A_reader_that_reads_nothing_does_not_keep_the_writer_from_the_guest()
    {
        await using ResumableChannel channel = Channel();
        ResumableStream session = await channel.NextSessionAsync().WaitAsync(s_patience);
        _guest.Send(Pattern.Bytes(0, 1 << 20));
        await session.WriteAsync(Pattern.Bytes(3, 1 << 20)).AsTask().WaitAsync(s_patience);
        await session.FlushAsync().WaitAsync(s_patience);
        _guest.Until(g => g.Received.Length == 1 << 20, "all of it");
        Pattern.AssertIs(_guest.Received, 3);
    }

    [Theory]
    [InlineData((ulong)RefusalReason.Busy, true)]
    [InlineData((ulong)RefusalReason.Late, true)]
    [InlineData((ulong)RefusalReason.NotAllowed, false)]
    public async Task Who_is_turned_away_comes_again_where_that_may_help(ulong reason, bool comesAgain)
    {
        var session = Guid.NewGuid();
        byte[] told = new byte[48];
        session.TryWriteBytes(told);
        told[16] = told[18] = 1; // A new one, version 1.
        using var daemon = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        daemon.Bind(new UnixDomainSocketEndPoint(_folder["daemon"]));
        daemon.Listen();
        await using var channel = new ResumableChannel(_folder["daemon"]);
        using (Socket first = await daemon.AcceptAsync().WaitAsync(s_patience))
        {
            await first.ReceiveAsync(new byte[100]);
            await first.SendAsync(RawClient.Frame(FrameKind.Refused, reason, "not now"u8.ToArray()));
        }

        if (!comesAgain)
        {
            Assert.Equal(reason, (await Assert.ThrowsAsync<PortRefusedException>(() => channel.NextSessionAsync().WaitAsync(s_patience))).Reason);
            return;
        }

        using Socket second = await daemon.AcceptAsync().WaitAsync(s_patience);
        await second.SendAsync(RawClient.Frame(FrameKind.Session, 0, told));
        Assert.Equal(session, (await channel.NextSessionAsync().WaitAsync(s_patience)).Session);
    }

    private ResumableChannel Channel() => new(_folder["a"], new ResumableOptions
    {
        Connected = socket =>
        {
            Volatile.Write(ref _connection, socket);
            Interlocked.Increment(ref _connections);
        },
    });

    private async Task CutAsync(CancellationToken stop)
    {
        var random = new Random(4);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(random.Next(1, 30), CancellationToken.None);
            try
            {
                Volatile.Read(ref _connection)?.Shutdown((SocketShutdown)random.Next(3));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It is between two.
            }
        }
    }
}
