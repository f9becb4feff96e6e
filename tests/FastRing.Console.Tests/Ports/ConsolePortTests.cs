using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>A console's driver spins, interrupts off, until its buffer is back.</summary>
public sealed class ConsolePortTests
{
    [Fact]
    public void Nothing_is_held_while_nobody_reads()
    {
        using var folder = new TemporaryFolder();
        using var console = Console(new UnixListenEndpoint(folder["con"]), out RawPort port);

        WriteAll(port, 100, 1000);
        console.Settle();

        Assert.Equal(100, port.Reclaim());
        Assert.Equal(100_000UL, console.Device.Ports[0].Counters.BytesDiscarded);
        Assert.Equal(0UL, console.Device.Ports[0].Counters.BytesToHost);
    }

    [Fact]
    public void Nothing_is_held_while_the_reader_is_slow()
    {
        var endpoint = new TestEndpoint { Room = 1500 };
        using var console = Console(endpoint, out RawPort port);

        WriteAll(port, 100, 1000);
        console.Settle();

        Assert.Equal(100, port.Reclaim());
        Assert.Equal(1500, endpoint.TakenBytes);
        Assert.Equal(98_500UL, console.Device.Ports[0].Counters.BytesDiscarded);
    }

    [Fact]
    public void A_reader_gets_what_is_written_from_then_on()
    {
        using var folder = new TemporaryFolder();
        using var console = Console(new UnixListenEndpoint(folder["con"]), out RawPort port);
        WriteAll(port, 10, 100);
        console.Settle();
        port.Reclaim();

        using HostClient client = HostClient.Connect(folder["con"]);
        Eventually.Is(() => IsOpen(console), "client served");
        WriteAll(port, 10, 100);

        Pattern.AssertIs(client.Receive(1000), 0);
    }

    [Fact]
    public void A_console_is_open_to_input_once_it_is_ready_whatever_PORT_OPEN_said()
    {
        var endpoint = new TestEndpoint();
        using var console = Console(endpoint, out RawPort port);
        console.OnWorker(() => endpoint.Supply("early"u8));
        console.Settle();
        Assert.Equal(-1, port.TryTake(new byte[4096]));

        var control = new ControlDriver(console);
        control.Say(0, ControlEvent.PortReady);
        console.Settle();
        Assert.Equal(5, port.TryTake(new byte[4096]));

        control.Say(0, ControlEvent.PortOpen, 1);
        control.Say(0, ControlEvent.PortOpen, 0);
        console.OnWorker(() => endpoint.Supply("late"u8));
        console.Settle();
        Assert.Equal(4, port.TryTake(new byte[4096]));
    }

    [Fact]
    public void A_console_is_told_that_the_host_is_open_whoever_is_there()
    {
        using var folder = new TemporaryFolder();
        using var console = Console(new UnixListenEndpoint(folder["con"]), out _);
        var control = new ControlDriver(console);

        control.Say(0, ControlEvent.PortReady);
        using (HostClient.Connect(folder["con"]))
        {
            Eventually.Is(() => IsOpen(console), "client served");
        }

        Eventually.Is(() => !IsOpen(console), "client gone");
        Assert.Equal(["ConsolePort 0 1", "PortOpen 0 1"], control.Heard);
    }

    [Fact]
    public void Huge_buffers_that_are_discarded_do_not_keep_the_worker_busy()
    {
        using var folder = new TemporaryFolder();
        using var console = Console(new UnixListenEndpoint(folder["con"]), out RawPort port, memoryBytes: 1UL << 30);
        for (ulong i = 0; i < 64; i++)
        {
            Assert.True(port.Transmit.Ring.TryAdd([new(new(0), 1 << 30), new(new(0), 1 << 30)], [], i));
        }

        port.Transmit.PublishAndKick();
        console.Settle();
        int returned = 0;
        while (port.Transmit.Ring.TryTakeUsed(out _))
        {
            returned++;
        }

        Assert.Equal(64, returned);
        WriteAll(port, 1, 10);
        console.Settle(); // The very next turns are the new buffer's: nothing is being paid back.
        Assert.True(port.Transmit.Ring.TryTakeUsed(out _));
    }

    private static bool IsOpen(TestConsole console)
    {
        bool isOpen = false;
        console.OnWorker(() => isOpen = console.Device.Ports[0].Endpoint!.IsOpen);
        return isOpen;
    }

    private static TestConsole Console(IHostEndpoint endpoint, out RawPort port, ulong memoryBytes = 64 << 20)
    {
        var options = new ConsoleOptions { Ports = [new PortOptions("", endpoint, IsConsole: true)] };
        var console = new TestConsole(options, memoryBytes: memoryBytes);
        port = new RawPort(console.Transport, 0, transmitCount: 128);
        return console;
    }

    private static void WriteAll(RawPort port, int chains, int bytes)
    {
        for (int i = 0; i < chains; i++)
        {
            Assert.True(port.TryAdd(Pattern.Bytes((long)i * bytes, bytes)));
        }

        port.Transmit.PublishAndKick();
    }
}
