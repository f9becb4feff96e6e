using FastRing.Console.Driver;
using FastRing.Console.Endpoints.Hubs;
using FastRing.Console.Ports;

namespace FastRing.Console.Tests.Endpoints.Hubs;

/// <summary>One guest, one writer, many who look on.</summary>
public sealed class HubEndpointTests : IDisposable
{
    private const int MiB = 1 << 20;
    private static readonly TimeSpan Patient = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private HubEndpoint _hub = null!;
    private TestConsole _console = null!;

    public void Dispose()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Who_comes_late_gets_what_was_written_before_and_then_what_follows()
    {
        DriverPort port = Start(new HubOptions { Scrollback = 10_000 });
        _console.Write(port, Pattern.Bytes(0, 30_000));
        Eventually.Is(() => _console.PortOf("a").Counters.BytesToHost == 30_000, "written while nobody is there");
        Assert.Equal((10_000, 20_000UL), (_hub.Snapshot().Bytes.Length, _hub.Snapshot().Dropped));

        using HostClient early = Connect();
        Pattern.AssertIs(early.Receive(10_000), 20_000);
        _console.Write(port, Pattern.Bytes(30_000, 5000));
        Pattern.AssertIs(early.Receive(5000), 30_000);
        using HostClient late = Connect();
        Pattern.AssertIs(late.Receive(10_000), 25_000);
        _console.Write(port, Pattern.Bytes(35_000, 1000));

        Pattern.AssertIs(early.Receive(1000), 35_000);
        Pattern.AssertIs(late.Receive(1000), 35_000);
    }

    [Fact]
    public void Without_scrollback_a_client_sees_only_what_comes_from_then_on()
    {
        DriverPort port = Start(new HubOptions { Scrollback = 0 });
        _console.Write(port, "before"u8);
        _console.Settle();
        using HostClient client = Connect();
        _console.Write(port, "after"u8);

        Assert.Equal("after"u8.ToArray(), client.Receive(5));
        Assert.Equal(0, _hub.Snapshot().Bytes.Length);
    }

    [Fact]
    public void The_oldest_client_writes_and_what_others_send_is_thrown_away_until_it_leaves()
    {
        DriverPort port = Start(new HubOptions());
        using HostClient first = Connect();
        using HostClient second = Connect();
        using HostClient third = Connect();
        second.Send(Pattern.Bytes(0, MiB)); // More than sockets hold: somebody reads it.
        third.Send("nor this"u8);
        _console.Settle();
        first.Send("first"u8);
        Assert.Equal("first"u8.ToArray(), _console.Read(port, 5));

        first.Send("last words"u8);
        first.Dispose();
        Assert.Equal("last words"u8.ToArray(), _console.Read(port, 10));
        Clients(2);
        second.Send("second"u8);
        third.Send("still not this"u8);
        Assert.Equal("second"u8.ToArray(), _console.Read(port, 6));
        _console.Settle();
        second.Dispose();
        Clients(1);
        third.Send("third"u8);

        Assert.Equal("third"u8.ToArray(), _console.Read(port, 5));
    }

    [Fact]
    public void A_writer_that_ends_its_sending_looks_on_and_the_next_one_writes()
    {
        DriverPort port = Start(new HubOptions());
        using HostClient first = Connect();
        using HostClient second = Connect();
        first.Send("bye"u8);
        first.EndSending();
        Assert.Equal("bye"u8.ToArray(), _console.Read(port, 3));
        _console.Settle();
        second.Send("hello"u8);
        Assert.Equal("hello"u8.ToArray(), _console.Read(port, 5));
        _console.Write(port, "for all"u8);

        Assert.Equal("for all"u8.ToArray(), first.Receive(7));
        Assert.Equal("for all"u8.ToArray(), second.Receive(7));
        using HostClient third = Connect();
        second.Dispose();
        Clients(2);
        third.Send("me now"u8);
        Assert.Equal("me now"u8.ToArray(), _console.Read(port, 6));
    }

    [Fact]
    public void A_writer_that_left_while_the_guest_has_the_port_closed_does_not_keep_the_place()
    {
        DriverPort port = Start(new HubOptions());
        port.Close();
        HostClient first = Connect();
        first.Send("never read"u8);
        _console.Settle();
        first.Dispose();
        using HostClient second = Connect();
        Clients(1);
        second.Send("read"u8);
        port.Open();

        Assert.Equal("read"u8.ToArray(), _console.Read(port, 4));
    }

    [Fact]
    public void With_no_writer_nobodys_bytes_reach_the_guest()
    {
        DriverPort port = Start(new HubOptions { Writer = HubWriter.None });
        using HostClient client = Connect();
        client.Send(Pattern.Bytes(0, MiB));
        _console.Write(port, "for you"u8);

        Assert.Equal("for you"u8.ToArray(), client.Receive(7));
        _console.Settle();
        Assert.Equal(0, port.TryRead(new byte[1]));
        Assert.Equal(0UL, _console.PortOf("a").Counters.BytesToGuest);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_does_not_read_is_disconnected_and_the_others_lose_nothing(bool isConsole)
    {
        const int Total = 4 * MiB;
        const int Buffer = 128 * 1024;
        var refused = new List<string?>();
        DriverPort port = Start(new HubOptions { Buffer = Buffer }, isConsole);
        _console.Device.PortChanged += e => refused.AddRange(e.Kind == PortEventKind.ClientRefused ? [e.Detail] : []);
        using HostClient stalled = Connect();
        using HostClient reader = Connect();

        // No faster than the reader: a console's guest would not wait for it.
        for (int at = 0; at < Total; at += Buffer)
        {
            _console.Write(port, Pattern.Bytes(at, Buffer));
            Pattern.AssertIs(reader.Receive(Buffer), at);
        }

        Eventually.Is(() => _hub.Counters is { Clients: 1, FellBehind: 1 }, "the stalled one is gone");
        _console.Settle();
        Assert.Equal((ulong)Total, _console.PortOf("a").Counters.BytesToHost);
        Assert.Equal(0UL, _console.PortOf("a").Counters.BytesDiscarded);
        Assert.Contains("fell behind by ", Assert.Single(refused), StringComparison.Ordinal);
        var got = new byte[Total];
        int count = 0;
        for (int more = 1; more > 0; count += more)
        {
            more = stalled.ReceiveSome(got.AsSpan(count));
        }

        Assert.InRange(count, 1, Total - Buffer);
        Pattern.AssertIs(got.AsSpan(0, count), 0); // Cut short, but without a gap.
    }

    [Fact]
    public async Task A_serial_ports_guest_waits_for_a_client_that_reads_slowly()
    {
        const int Total = 2 * MiB;
        DriverPort port = Start(new HubOptions { Scrollback = 0, Buffer = 8192, Patience = Patient });
        using HostClient quick = Connect();
        using HostClient slow = Connect();
        int slowGot = 0;
        var quickReads = Task.Run(() => Pattern.AssertIs(quick.Receive(Total), 0));
        var slowReads = Task.Run(() =>
        {
            for (; slowGot < Total; slowGot += 1024)
            {
                Pattern.AssertIs(slow.Receive(1024), slowGot);
                if (slowGot % (64 * 1024) == 0)
                {
                    Thread.Sleep(1);
                }
            }
        });
        _console.Write(port, Pattern.Bytes(0, Total));
        await Task.WhenAll(quickReads, slowReads);

        Assert.Equal((2, 0L), (_hub.Counters.Clients, _hub.Counters.FellBehind));
    }

    [Fact]
    public void A_serial_ports_guest_waits_no_longer_than_patience_for_one_that_does_not_read()
    {
        DriverPort port = Start(new HubOptions { Patience = TimeSpan.FromMilliseconds(20) });
        using HostClient stalled = Connect();

        _console.Write(port, Pattern.Bytes(0, 2 * MiB));

        Eventually.Is(() => _hub.Counters is { Clients: 0, FellBehind: 1 }, "the stalled one is gone");
    }

    [Fact]
    public async Task A_console_is_not_held_back_by_a_client_that_floods_the_hub_and_does_not_read()
    {
        DriverPort port = Start(new HubOptions { Buffer = 4096 }, isConsole: true);
        using HostClient first = Connect();
        using HostClient flooding = Connect();
        var flood = Task.Run(() =>
        {
            try
            {
                while (true)
                {
                    flooding.Send(new byte[4096]);
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // It was disconnected.
            }
        });

        _console.Write(port, Pattern.Bytes(0, MiB));

        await flood;
        Eventually.Is(() => _hub.Counters is { Clients: 0, FellBehind: 2 }, "neither reads, so both are gone");
        Assert.Equal(0UL, _console.PortOf("a").Counters.BytesToGuest);
    }

    [Fact]
    public void More_clients_than_there_may_be_are_turned_away_until_one_leaves()
    {
        var refused = new List<string?>();
        DriverPort port = Start(new HubOptions { Observers = 2 });
        _console.Device.PortChanged += e => refused.AddRange(e.Kind == PortEventKind.ClientRefused ? [e.Detail] : []);
        HostClient first = Connect();
        using HostClient second = Connect();
        using (HostClient third = HostClient.Connect(_folder["a"]))
        {
            Assert.True(third.IsAtEnd);
        }

        _console.Settle(); // The worker closes the socket first and tells of it then.
        Assert.Contains("2 clients are there already", Assert.Single(refused), StringComparison.Ordinal);
        Assert.Equal((2, 2L, 1L), (_hub.Counters.Clients, _hub.Counters.Accepted, _hub.Counters.Refused));
        first.Dispose();
        Clients(1);
        using HostClient fourth = Connect();
        _console.Write(port, "hi"u8);
        Assert.Equal("hi"u8.ToArray(), fourth.Receive(2));
    }

    [Fact]
    public async Task Disconnecting_sends_everybody_away_and_the_next_may_come()
    {
        DriverPort port = Start(new HubOptions());
        using HostClient first = Connect();
        using HostClient second = Connect();

        await _console.PortOf("a").DisconnectAsync();

        Assert.True(first.IsAtEnd);
        Assert.True(second.IsAtEnd);
        using HostClient third = Connect();
        third.Send("x"u8);
        Assert.Equal("x"u8.ToArray(), _console.Read(port, 1));
        Assert.Equal(_folder["a"], _console.PortOf("a").Address);
    }

    [Fact]
    public void Clients_that_come_and_go_by_hundreds_harm_nobody()
    {
        DriverPort port = Start(new HubOptions { Scrollback = 1000 });
        using HostClient steady = Connect();
        for (int i = 0; i < 300; i++)
        {
            using HostClient client = HostClient.Connect(_folder["a"]);
            client.Send("x"u8);
            _console.Write(port, Pattern.Bytes(i * 100, 100));
        }

        Pattern.AssertIs(steady.Receive(30_000), 0);
        Clients(1);
    }

    [Fact]
    public void Figures_out_of_range_are_refused()
    {
        HubOptions[] wrong =
        [
            new() { Scrollback = -1 }, new() { Scrollback = HubOptions.LargestSize + 1 }, new() { Buffer = 4095 }, new() { Buffer = HubOptions.LargestSize + 1 },
            new() { Observers = 0 }, new() { Patience = TimeSpan.FromSeconds(-1) },
        ];
        Assert.All(wrong, options => Assert.Throws<ArgumentOutOfRangeException>(() => new HubEndpoint(_folder["b"], options)));
        Start(new HubOptions());
    }

    private DriverPort Start(HubOptions options, bool isConsole = false)
    {
        _hub = new HubEndpoint(_folder["a"], options);
        _console = new TestConsole(new PortOptions("a", _hub, isConsole));
        _console.StartDriver();
        return _console.Open("a");
    }

    private HostClient Connect()
    {
        long before = _hub.Counters.Accepted;
        var client = HostClient.Connect(_folder["a"]);
        Eventually.Is(() => _hub.Counters.Accepted == before + 1, "let in");
        return client;
    }

    private void Clients(int count) => Eventually.Is(() => _hub.Counters.Clients == count, $"{count} clients");
}
