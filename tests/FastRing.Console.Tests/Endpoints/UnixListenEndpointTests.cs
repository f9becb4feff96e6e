using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Endpoints;

public sealed class UnixListenEndpointTests : IDisposable
{
    private const int MiB = 1 << 20;
    private readonly TemporaryFolder _folder = new();
    private readonly TestConsole _console;

    public UnixListenEndpointTests() =>
        _console = new TestConsole(new PortOptions("a", new UnixListenEndpoint(_folder["a"])), new PortOptions("b", new NullEndpoint()));

    public void Dispose()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_client_that_comes_and_goes_opens_and_closes_the_port()
    {
        var control = new ControlDriver(_console) { GivesBack = true };
        _ = new RawPort(_console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        control.Forget();

        for (int i = 0; i < 3; i++)
        {
            using (Connect())
            {
                Assert.Equal("PortOpen 1 1", control.Heard[^1]);
            }

            Assert.Equal("PortOpen 1 0", control.Heard[^1]);
        }

        Assert.Equal(6, control.Heard.Count);
    }

    [Fact]
    public void Clients_that_flap_unheard_are_told_once()
    {
        var control = new ControlDriver(_console, buffers: 1);
        _ = new RawPort(_console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        control.Forget();

        for (int i = 0; i < 50; i++)
        {
            Connect().Dispose();
        }

        using HostClient last = Connect();
        _console.Settle();
        control.Offer();
        control.Offer();
        control.Offer();

        Assert.Equal(["PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void Bytes_wait_in_the_clients_socket_while_the_guest_has_the_port_closed()
    {
        _console.StartDriver();
        using HostClient client = Connect();
        DriverPort port = _console.Open("a");
        client.Send(Pattern.Bytes(0, 1000));
        Pattern.AssertIs(_console.Read(port, 1000), 0);

        port.Close();
        client.Send(Pattern.Bytes(1000, 50_000));
        _console.Settle();
        Assert.Equal(0, port.TryRead(new byte[1]));
        Assert.Equal(1000UL, _console.PortOf("a").Counters.BytesToGuest);

        port.Open();
        Pattern.AssertIs(_console.Read(port, 50_000), 1000);
    }

    [Fact]
    public void What_the_guest_sends_while_nobody_is_there_arrives_whole_when_somebody_comes()
    {
        var port = new RawPort(_console.Transport, 1, transmitCount: 256, transmitBytes: 4096);
        for (int i = 0; i < 256; i++)
        {
            Assert.True(port.TryAdd(Pattern.Bytes(i * 4096, 4096)));
        }

        port.Transmit.PublishAndKick();
        _console.Settle();
        Assert.Equal(0, port.Reclaim());

        using HostClient client = HostClient.Connect(_folder["a"]);
        Pattern.AssertIs(client.Receive(MiB), 0);
        _console.Settle();
        Assert.Equal(256, port.Reclaim());
    }

    [Fact]
    public void A_client_that_leaves_in_the_middle_leaves_the_rest_to_the_next()
    {
        using var console = new TestConsole(
            new PortOptions("c", new UnixListenEndpoint(_folder["c"])) { WhenClientLeaves = DisconnectPolicy.Keep });
        var port = new RawPort(console.Transport, 1, transmitCount: 256, transmitBytes: 4096);
        for (int i = 0; i < 256; i++)
        {
            Assert.True(port.TryAdd(Pattern.Bytes(i * 4096, 4096)));
        }

        HostClient first = HostClient.Connect(_folder["c"]);
        port.Transmit.PublishAndKick();
        Pattern.AssertIs(first.Receive(10_000), 0);
        Blocked(console, "c");
        first.Dispose();
        console.Settle();
        var taken = (int)console.PortOf("c").Counters.BytesToHost;

        // What was in the first one's socket went with it: 10,000 bytes read, the others not. The next byte is the second one's.
        Assert.InRange(taken, 10_000, MiB - 1);
        using HostClient second = HostClient.Connect(_folder["c"]);
        Pattern.AssertIs(second.Receive(MiB - taken), taken);
        console.Settle();
        Assert.Equal(0, second.Available);
        Assert.Equal(256, port.Reclaim());
        Assert.Equal((ulong)MiB, console.PortOf("c").Counters.BytesToHost);
    }

    [Fact]
    public void A_client_that_ended_its_sending_still_gets_the_answer()
    {
        _console.StartDriver();
        using HostClient client = Connect();
        DriverPort port = _console.Open("a");

        client.Send("question"u8);
        client.EndSending();
        Assert.Equal("question"u8.ToArray(), _console.Read(port, 8));
        _console.Settle();
        _console.Driver.Poll();
        Assert.True(port.IsHostOpen);
        _console.Write(port, Pattern.Bytes(0, 300_000)); // As much as the driver's buffers hold: nobody reads yet.

        Pattern.AssertIs(client.Receive(300_000), 0);
        client.Dispose();
        _console.Until(() => !port.IsHostOpen, "host closed");
    }

    [Fact]
    public void What_a_client_sent_before_it_left_is_read_before_the_port_closes()
    {
        // 100 kB, and a guest with room for 4 kB at a time: the rest is taken from the socket of a client that is gone.
        var control = new ControlDriver(_console);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(_console.Transport, 1, receiveCount: 4, receiveBytes: 1024);
        using (HostClient client = Connect())
        {
            client.Send(Pattern.Bytes(0, 100_000));
        }

        var bytes = new byte[1024];
        int read = 0;
        Eventually.Is(
            () =>
            {
                bool hadEnded = control.Heard[^1] == "PortOpen 1 0"; // Looked at first: all bytes must be there by then.
                for (int length = port.TryTake(bytes); length >= 0; length = port.TryTake(bytes))
                {
                    Pattern.AssertIs(bytes.AsSpan(0, length), read);
                    read += length;
                }

                port.Receive.PublishAndKick();
                Assert.True(!hadEnded || read == 100_000, $"closed after {read} bytes");
                return hadEnded;
            },
            "host closed");
    }

    [Fact]
    public void The_last_bytes_are_published_before_the_end_is_told()
    {
        using var console = new TestConsole(
            new ConsoleOptions { EventIndex = false, Ports = [new("c", new UnixListenEndpoint(_folder["c"]))] });
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        _ = new RawPort(console.Transport, 1);
        HostClient client = HostClient.Connect(_folder["c"]);
        console.Settle();
        control.Forget();

        var published = new List<int>(); // Data buffers used whenever the driver is notified of a control message.
        TestQueue data = console.Transport[4];
        console.Transport[QueueMap.ControlReceive].Notified = () => published.Add(data.UsedIndex(console.Transport.Memory));
        console.OnWorker(() =>
        {
            client.Send("last words"u8);
            client.Dispose();
        });

        Assert.Equal(["PortOpen 1 0"], control.Heard);
        Assert.Equal([1], published);
    }

    [Fact]
    public void A_second_client_waits_until_the_first_has_left()
    {
        _console.StartDriver();
        HostClient first = Connect();
        DriverPort port = _console.Open("a");
        using HostClient second = HostClient.Connect(_folder["a"]);
        second.Send("second"u8);
        first.Send("first"u8);
        Assert.Equal("first"u8.ToArray(), _console.Read(port, 5));
        _console.Settle();
        Assert.Equal(0, port.TryRead(new byte[10]));

        first.Dispose();
        Assert.Equal("second"u8.ToArray(), _console.Read(port, 6));
        _console.Write(port, "hi"u8);
        Assert.Equal("hi"u8.ToArray(), second.Receive(2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_left_while_the_guest_has_the_port_closed_does_not_block_the_next(bool nextWaitsAlready)
    {
        var port = new RawPort(_console.Transport, 1);
        HostClient first = Connect();
        first.Send("unread"u8);
        HostClient? next = nextWaitsAlready ? HostClient.Connect(_folder["a"]) : null;
        _console.Settle();
        first.Dispose();
        _console.Settle();
        next ??= HostClient.Connect(_folder["a"]);
        _console.Settle(); // Until it is served, what the guest sends is for the one that left.

        // The guest's writer was faster than its close.
        port.TryAdd("held"u8);
        port.Transmit.PublishAndKick();

        using (next)
        {
            Assert.Equal("held"u8.ToArray(), next.Receive(4));
        }
    }

    [Fact]
    public void What_a_client_left_behind_a_closed_port_arrives_when_the_guest_opens_it()
    {
        _console.StartDriver();
        using (HostClient client = Connect())
        {
            client.Send("message in a bottle"u8);
        }

        _console.Settle();
        DriverPort port = _console.Driver.FindPort("a")!;
        port.Open();

        Assert.Equal("message in a bottle"u8.ToArray(), _console.Read(port, 19));
        _console.Until(() => !port.IsHostOpen, "host closed");
    }

    [Fact]
    public void A_client_that_resets_the_connection_with_bytes_unread_harms_nobody()
    {
        _console.StartDriver();
        DriverPort port = _console.Driver.FindPort("a")!;
        port.Open();
        for (int i = 0; i < 100; i++)
        {
            using (HostClient client = Connect())
            {
                client.Send(Pattern.Bytes(i * 10, 10));
                _console.Until(() => port.IsHostOpen, "host open");
                _console.Write(port, new byte[100]);
                _console.Settle();
            }

            Pattern.AssertIs(_console.Read(port, 10), i * 10);
            _console.Until(() => !port.IsHostOpen, "host closed");
        }
    }

    [Fact]
    public void The_socket_is_gone_with_the_device()
    {
        using (var console = new TestConsole(new PortOptions("c", new UnixListenEndpoint(_folder["c"]))))
        {
            Assert.True(File.Exists(_folder["c"]));
        }

        Assert.False(File.Exists(_folder["c"]));
    }

    [Fact]
    public void A_device_goes_although_the_folder_of_its_socket_has_gone()
    {
        var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("c", new UnixListenEndpoint(folder["c"])));

        folder.Dispose(); // Disposing the console throws if its endpoint does.
    }

    [Fact]
    public void A_client_still_there_when_the_device_goes_reads_the_end()
    {
        HostClient client;
        using (var console = new TestConsole(new PortOptions("c", new UnixListenEndpoint(_folder["c"]))))
        {
            client = HostClient.Connect(_folder["c"]);
            console.Settle();
        }

        using (client)
        {
            Assert.True(client.IsAtEnd);
        }
    }

    /// <summary>Connects and waits until the endpoint has accepted.</summary>
    private HostClient Connect()
    {
        HostClient client = HostClient.Connect(_folder["a"]);
        _console.Settle();
        return client;
    }

    private static void Blocked(TestConsole console, string port)
    {
        ulong before;
        do
        {
            before = console.PortOf(port).Counters.BytesToHost;
            console.Settle();
        }
        while (console.PortOf(port).Counters.BytesToHost != before);
    }
}
