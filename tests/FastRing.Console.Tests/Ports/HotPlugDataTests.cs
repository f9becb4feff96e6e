using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>What becomes of bytes when ports come and go under them.</summary>
public sealed class HotPlugDataTests
{
    [Fact]
    public void What_was_sent_to_a_port_that_went_returns_and_the_next_never_sees_it()
    {
        var first = new TestEndpoint { Room = 5000 };
        var second = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", first));
        ControlDriver control = Ready(console);
        var port = new RawPort(console.Transport, 1);
        Send(port, 64);
        console.Settle();
        Assert.Equal(1, port.Reclaim());

        control.GivesBack = false;
        console.Remove(console.PortOf("a"));
        console.Add(new PortOptions("b", second) { Id = 1 });
        console.Settle();
        port.Reclaim();
        Assert.Equal(0, port.InFlight);
        Send(port, 10); // The driver has not dealt with the removal: this still means the former port.
        console.Settle();
        port.Reclaim();
        Assert.Equal(0, port.InFlight);
        Send(port, 10);
        control.GivesBack = true;
        Assert.Equal(["PortRemove 1 1", "PortAdd 1 1"], control.Heard);
        console.Settle();
        Assert.Empty(second.Taken);

        control.Say(1, ControlEvent.PortReady);
        port.Reclaim();
        Assert.True(port.TryAdd("for b"u8));
        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Equal("for b"u8.ToArray(), second.Taken);
        Assert.Equal(5000, first.TakenBytes);
    }

    [Fact]
    public void Receive_buffers_stay_on_the_ring_for_the_next_port_of_that_number()
    {
        var second = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", new TestEndpoint()));
        ControlDriver control = Ready(console);
        var port = new RawPort(console.Transport, 1, receiveCount: 8);
        control.Say(1, ControlEvent.PortOpen);
        console.OnWorker(() => ((TestEndpoint)console.PortOf("a").Endpoint!).Supply("for a"u8));
        console.Settle();
        Assert.Equal(5, port.TryTake(new byte[4096]));

        console.Remove(console.PortOf("a"));
        console.Add(new PortOptions("b", second) { Id = 1 });
        _ = control.Heard;
        control.Say(1, ControlEvent.PortReady);
        console.OnWorker(() => second.Supply(Pattern.Bytes(0, 8 * 4096)));
        console.Settle();
        Assert.Equal(-1, port.TryTake(new byte[4096])); // Not open in the guest.

        control.Say(1, ControlEvent.PortOpen);
        console.Settle();
        var bytes = new byte[4096];
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal(4096, port.TryTake(bytes));
            Pattern.AssertIs(bytes, i * 4096);
        }
    }

    [Fact]
    public void A_blocked_writer_gets_all_its_buffers_back()
    {
        var endpoint = new TestEndpoint { Room = 1000 };
        using var console = new TestConsole(new PortOptions("a", endpoint));
        ConsoleDriver driver = console.StartDriver();
        for (int i = 0; i < 50; i++)
        {
            DriverPort port = console.Open("a");
            int buffers = WriteUntilFull(console, port);
            Assert.Equal(16, buffers);

            console.Remove(console.PortOf("a"));
            console.Add(new PortOptions("a", endpoint = new TestEndpoint { Room = 1000 }) { Id = 1 });
            console.Until(() => port.IsRemoved && driver.FindPort("a") is not null, "the next port");
            Assert.Equal(0, port.TryWrite("x"u8));
            Assert.Equal(0, endpoint.TakenBytes);
        }
    }

    [Fact]
    public void Ports_go_and_come_under_load_both_ways_and_others_lose_nothing()
    {
        using var console = new TestConsole(
            new ConsoleOptions { Ports = [new("canary", new EchoEndpoint()), new("x", new EchoEndpoint()), new("y", new EchoEndpoint())] });
        ConsoleDriver driver = console.StartDriver();
        DriverPort canary = console.Open("canary");
        var random = new Random(11);
        long sent = 0;
        long back = 0;
        var bytes = new byte[20_000];
        for (int round = 0; round < 400; round++)
        {
            string name = round % 2 == 0 ? "x" : "y";
            console.Until(() => driver.FindPort(name) is { IsHostOpen: true }, name);
            DriverPort port = driver.FindPort(name)!;
            port.Open();
            for (int i = random.Next(20); i > 0; i--)
            {
                port.TryWrite(bytes.AsSpan(0, random.Next(1, bytes.Length)));
                port.TryRead(bytes);
                sent += canary.TryWrite(Pattern.Bytes(sent, 500));
                int read = canary.TryRead(bytes);
                Pattern.AssertIs(bytes.AsSpan(0, read), back);
                back += read;
                driver.Poll();
            }

            Task gone = console.Device.RemovePortAsync(console.PortOf(name));
            while (!gone.IsCompleted)
            {
                port.TryWrite(bytes);
                driver.Poll();
            }

            console.Add(new PortOptions(name, new EchoEndpoint()));
        }

        while (back < sent)
        {
            int read = canary.TryRead(bytes);
            Pattern.AssertIs(bytes.AsSpan(0, read), back);
            back += read;
            Assert.True(read > 0 || driver.Wait(TimeSpan.FromSeconds(20)), "the canary lost bytes");
            driver.Poll();
        }

        Assert.Empty(console.Transport.Broken);
        Assert.True(sent > 0);
    }

    [Fact]
    public void A_host_client_reads_the_end_when_its_port_goes_and_may_have_the_next()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("a", new UnixListenEndpoint(folder["a"])));
        ConsoleDriver driver = console.StartDriver();
        for (int i = 0; i < 20; i++)
        {
            using HostClient client = HostClient.Connect(folder["a"]);
            DriverPort port = console.Open("a");
            console.Write(port, Pattern.Bytes(i, 10));
            Pattern.AssertIs(client.Receive(10), i);

            console.Remove(console.PortOf("a"));
            Assert.True(client.IsAtEnd);
            Assert.False(File.Exists(folder["a"]));
            console.Add(new PortOptions("a", new UnixListenEndpoint(folder["a"])) { Id = 1 });
            console.Until(() => port.IsRemoved && driver.FindPort("a") is not null, "the next port");
        }
    }

    [Fact]
    public void A_port_that_goes_before_the_guest_has_its_rings_leaves_nothing_behind()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        console.Remove(console.PortOf("a"));
        console.Add(new PortOptions("b", new EchoEndpoint()) { Id = 1 });
        console.StartDriver();
        DriverPort port = console.Open("b");

        console.Write(port, Pattern.Bytes(0, 100_000));
        Pattern.AssertIs(console.Read(port, 60_000), 0);
    }

    [Fact]
    public void An_endpoint_that_fails_at_every_call_stops_its_port_and_not_the_next_of_its_number()
    {
        var bad = new TestEndpoint();
        bad.OnWrite = _ => throw new InvalidOperationException("broken at writing");
        bad.OnGuestOpen = _ => throw new InvalidOperationException("broken at opening");
        bad.OnBuffersGone = () => throw new InvalidOperationException("broken at letting go");
        using var console = new TestConsole(new PortOptions("a", bad), new PortOptions("echo", new EchoEndpoint()));
        ConsoleDriver driver = console.StartDriver();
        DriverPort echo = console.Open("echo");
        DriverPort port = driver.FindPort("a")!;
        console.Until(() => port.IsHostOpen, "host open");
        port.Open(); // Its endpoint throws, so the host's side may be closed again before anybody looks.
        for (int i = 0; i < 5; i++)
        {
            port.TryWrite(new byte[100]);
            port.Close();
            port.Open();
            console.Write(echo, "ping"u8);
            Assert.Equal("ping"u8.ToArray(), console.Read(echo, 4));
        }

        Assert.InRange(bad.Writes, 0, 1);
        console.Remove(console.PortOf("a"));
        console.Add(new PortOptions("b", new EchoEndpoint()) { Id = 1 });
        console.Until(() => driver.FindPort("b") is { IsHostOpen: true }, "the next port");
        port = console.Open("b");

        console.Write(port, Pattern.Bytes(0, 50_000));
        Pattern.AssertIs(console.Read(port, 50_000), 0);
        Assert.Empty(console.Transport.Faults);
    }

    private static ControlDriver Ready(TestConsole console)
    {
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Say(1, ControlEvent.PortReady);
        control.Forget();
        return control;
    }

    private static void Send(RawPort port, int chains)
    {
        for (int i = 0; i < chains; i++)
        {
            Assert.True(port.TryAdd(new byte[4096]));
        }

        port.Transmit.PublishAndKick();
    }

    /// <returns>Buffers that were written.</returns>
    private static int WriteUntilFull(TestConsole console, DriverPort port)
    {
        int buffers = 0;
        while (port.TryWrite(new byte[4096]) > 0)
        {
            buffers++;
            console.Settle();
        }

        return buffers;
    }
}
