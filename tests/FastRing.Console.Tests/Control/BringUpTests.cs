using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Spec;

namespace FastRing.Console.Tests.Control;

/// <summary>What a driver hears while it starts, in the order QEMU says it.</summary>
public sealed class BringUpTests
{
    [Fact]
    public void Every_port_is_added_when_the_device_is_ready()
    {
        using var console = new TestConsole(Console(), Port("a"), Port("b"));
        var control = new ControlDriver(console);

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);

        Assert.Equal(["PortAdd 0 1", "PortAdd 1 1", "PortAdd 2 1"], control.Heard);
    }

    [Fact]
    public void Nothing_is_said_before_the_driver_speaks()
    {
        using var console = new TestConsole(Console(), Port("a"));
        var control = new ControlDriver(console);

        Assert.Empty(control.Heard);
    }

    [Fact]
    public void A_console_hears_what_it_is_then_its_name_then_that_the_host_is_open()
    {
        using var console = new TestConsole(new PortOptions("con", new NullEndpoint(), IsConsole: true));
        ControlDriver control = Ready(console);

        control.Say(0, ControlEvent.PortReady);

        Assert.Equal(["ConsolePort 0 1", "PortName 0 1 con", "PortOpen 0 1"], control.Heard);
    }

    [Fact]
    public void A_console_without_a_name_hears_none()
    {
        using var console = new TestConsole(Console());
        ControlDriver control = Ready(console);

        control.Say(0, ControlEvent.PortReady);

        Assert.Equal(["ConsolePort 0 1", "PortOpen 0 1"], control.Heard);
    }

    [Fact]
    public void A_serial_port_hears_its_name_and_that_the_host_is_open()
    {
        using var console = new TestConsole(Port("org.example.0"));
        ControlDriver control = Ready(console);

        control.Say(1, ControlEvent.PortReady);

        Assert.Equal(["PortName 1 1 org.example.0", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void A_name_goes_without_a_final_NUL_and_has_exactly_its_bytes()
    {
        using var console = new TestConsole(Port("ab"));
        ControlDriver control = Ready(console);

        control.Say(1, ControlEvent.PortReady);

        Assert.Equal([1, 0, 0, 0, 7, 0, 1, 0, (byte)'a', (byte)'b'], control.Received[0]);
    }

    [Fact]
    public void A_port_whose_host_is_closed_hears_of_no_opening()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        console.OnWorker(() => endpoint.SetOpen(false));
        ControlDriver control = Ready(console);

        control.Say(1, ControlEvent.PortReady);

        Assert.Equal(["PortName 1 1 a"], control.Heard);
    }

    [Fact]
    public void All_is_said_again_at_each_PORT_READY()
    {
        using var console = new TestConsole(Port("a"));
        ControlDriver control = Ready(console);
        control.Say(1, ControlEvent.PortReady);
        control.Forget();

        control.Say(1, ControlEvent.PortReady);

        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void A_port_that_was_said_to_be_open_and_closed_since_hears_so_at_the_next_PORT_READY()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console, buffers: 2);
        control.Say(1, ControlEvent.PortReady);
        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
        control.Forget();

        console.OnWorker(() => endpoint.SetOpen(false)); // Not heard: there are no control buffers.
        control.Say(1, ControlEvent.PortReady);
        control.Offer();
        control.Offer();

        Assert.Equal(["PortName 1 1 a", "PortOpen 1 0"], control.Heard);
    }

    [Fact]
    public void A_second_DEVICE_READY_announces_every_port_again()
    {
        using var console = new TestConsole(Port("a"), Port("b"));
        ControlDriver control = Ready(console);

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);

        Assert.Equal(["PortAdd 1 1", "PortAdd 2 1"], control.Heard);
    }

    [Fact]
    public void DEVICE_READY_0_announces_nothing()
    {
        using var console = new TestConsole(Port("a"));
        var control = new ControlDriver(console);

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady, 0);

        Assert.Empty(control.Heard);
        Assert.Contains(console.Logger.Lines, l => l.Contains("driver failed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_driver_that_resumes_says_PORT_READY_without_DEVICE_READY()
    {
        using var console = new TestConsole(Port("a"));
        var control = new ControlDriver(console);

        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);

        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
        Assert.True(console.PortOf("a").IsGuestOpen);
    }

    [Fact]
    public void One_DEVICE_READY_costs_one_notification_however_many_ports_there_are()
    {
        PortOptions[] ports = [.. Enumerable.Range(0, 30).Select(i => Port($"p{i}"))];
        using var console = new TestConsole(new ConsoleOptions { EventIndex = false, Ports = ports }); // Each notification counts.
        var control = new ControlDriver(console);

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);

        Assert.Equal(30, control.Heard.Count);
        Assert.Equal(1UL, console.Transport[QueueMap.ControlReceive].Notifications);
    }

    [Fact]
    public void The_device_offers_what_its_options_say()
    {
        using var all = new TestConsole(new ConsoleOptions());
        using var bare = new TestConsole(new ConsoleOptions { EventIndex = false, IndirectDescriptors = false, PackedRing = false, EmergencyWrite = false });

        using var ordered = new TestConsole(new ConsoleOptions { OrderPlatform = true });

        const ulong Always = VirtioFeatures.Version1 | VirtioFeatures.InOrder | VirtioFeatures.RingReset | VirtioFeatures.NotifyOnEmpty | VirtioFeatures.AnyLayout
            | ConsoleFeatures.Multiport | ConsoleFeatures.Size;
        Assert.Equal(
            Always | ConsoleFeatures.EmergencyWrite | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.RingPacked,
            all.Device.Features);
        Assert.Equal(Always, bare.Device.Features);
        Assert.Equal(all.Device.Features | VirtioFeatures.OrderPlatform, ordered.Device.Features);
        Assert.Equal(3U, all.Device.DeviceId);
        Assert.Equal(64, all.Device.QueueCount);
    }

    [Fact]
    public void A_driver_without_MULTIPORT_has_port_0_open_at_once()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(
            new ConsoleOptions { Ports = [new("con", endpoint, IsConsole: true)] }, features: ~ConsoleFeatures.Multiport);
        var port = new RawPort(console.Transport, 0);

        port.TryAdd("out"u8);
        port.Transmit.PublishAndKick();
        console.OnWorker(() => endpoint.Supply("in"u8));
        console.Settle();

        Assert.Equal("out"u8.ToArray(), endpoint.Taken);
        var bytes = new byte[16];
        Assert.Equal(2, port.TryTake(bytes));
        Assert.Equal("in"u8.ToArray(), bytes[..2]);
        Assert.Equal([true], endpoint.GuestOpens);
    }

    private static ControlDriver Ready(TestConsole console)
    {
        var control = new ControlDriver(console);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Forget();
        return control;
    }

    private static PortOptions Console() => new("", new NullEndpoint(), IsConsole: true);

    private static PortOptions Port(string name) => new(name, new NullEndpoint());
}
