using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>What a driver hears of ports that come and go while it runs.</summary>
public sealed class HotPlugTests
{
    [Fact]
    public void A_port_that_comes_is_announced_and_says_what_it_is_when_it_is_ready()
    {
        using var console = new TestConsole(Named("a"));
        ControlDriver control = Ready(console);

        Port port = console.Add(Named("b"));
        Assert.Equal(["PortAdd 2 1"], control.Heard);
        control.Say(2, ControlEvent.PortReady);

        Assert.Equal(["PortAdd 2 1", "PortName 2 1 b", "PortOpen 2 1"], control.Heard);
        Assert.Equal((2, "b", true), (port.Id, port.Name, ReferenceEquals(port, console.Device.Ports[2])));
    }

    [Fact]
    public void A_port_that_comes_before_the_driver_is_announced_with_the_others()
    {
        using var console = new TestConsole(Named("a"));
        console.Add(Named("b"));
        var control = new ControlDriver(console);
        Assert.Empty(control.Heard);

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);

        Assert.Equal(["PortAdd 1 1", "PortAdd 2 1"], control.Heard);
    }

    [Fact]
    public void A_port_that_goes_is_told_once()
    {
        using var console = new TestConsole(Named("a"), Named("b"));
        ControlDriver control = Ready(console);
        Port port = console.PortOf("a");

        console.Remove(port);

        Assert.Equal(["PortRemove 1 1"], control.Heard);
        Assert.True(port.IsRemoved);
        Assert.Null(console.Device.FindPort("a"));
        Assert.Equal("", console.Device.Ports[1].Name);
    }

    [Fact]
    public void A_port_the_driver_was_not_told_of_goes_without_a_word()
    {
        using var console = new TestConsole(Named("a"));
        var control = new ControlDriver(console, buffers: 0);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);

        console.Remove(console.PortOf("a"));
        console.Remove(console.Add(Named("b")));
        Offer(control, 4);

        Assert.Empty(control.Heard);
    }

    [Fact]
    public void Nothing_that_was_pending_for_a_port_is_told_of_the_next_of_its_number()
    {
        using var console = new TestConsole(Named("a"));
        var control = new ControlDriver(console, buffers: 1) { GivesBack = true };
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        Assert.Equal(["PortAdd 1 1"], control.Heard);
        control.GivesBack = false;
        control.Say(1, ControlEvent.PortReady); // One buffer: the name is told, that the host is open is not.
        control.Say(1, ControlEvent.PortOpen);
        Assert.Equal("PortName 1 1 a", control.Heard[^1]);
        control.Forget();

        console.Remove(console.PortOf("a"));
        console.Add(Named("b") with { Id = 1 });
        Offer(control, 1);
        Assert.Equal(["PortRemove 1 1"], control.Heard);
        Offer(control, 2);

        Assert.Equal(["PortRemove 1 1", "PortAdd 1 1"], control.Heard);
    }

    [Fact]
    public void The_same_number_comes_again_only_when_the_driver_has_dealt_with_the_removal()
    {
        using var console = new TestConsole(Named("a"));
        var control = new ControlDriver(console);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Say(1, ControlEvent.PortReady);
        Assert.Equal(3, control.Heard.Count);

        console.Remove(console.PortOf("a"));
        Port next = console.Add(Named("b") with { Id = 1 });
        Assert.Equal(1, next.Id);
        Offer(control, 3); // The buffers of the messages before.
        Assert.Equal(["PortRemove 1 1"], control.Heard.Skip(3));

        Offer(control, 1);
        Assert.Equal(["PortRemove 1 1", "PortAdd 1 1"], control.Heard.Skip(3));
    }

    [Fact]
    public void Other_ports_do_not_wait_for_a_removal_nobody_deals_with()
    {
        using var console = new TestConsole(Named("a"));
        ControlDriver control = Ready(console);
        control.GivesBack = false;

        console.Remove(console.PortOf("a"));
        console.Add(Named("b") with { Id = 1 });
        console.Add(Named("c"));
        control.Say(2, ControlEvent.PortReady);

        Assert.Equal(["PortRemove 1 1", "PortAdd 2 1", "PortName 2 1 c", "PortOpen 2 1"], control.Heard);
    }

    [Fact]
    public void A_late_word_about_the_former_port_is_not_believed_of_the_next()
    {
        using var console = new TestConsole(Named("a"));
        ControlDriver control = Ready(console);
        control.GivesBack = false;
        console.Remove(console.PortOf("a"));
        Port next = console.Add(Named("b") with { Id = 1 });

        // All of this the driver said before it dealt with the removal.
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        control.Say(1, ControlEvent.PortReady, 0);
        console.Settle();
        Assert.Equal((false, false, false), (next.IsReady, next.IsGuestOpen, next.HasFailed));
        Assert.Equal(["PortRemove 1 1"], control.Heard);

        Offer(control, 1);
        Assert.Equal(["PortRemove 1 1", "PortAdd 1 1"], control.Heard);
        control.Say(1, ControlEvent.PortOpen); // Linux makes the file first, and a program may be faster than PORT_READY.
        control.Say(1, ControlEvent.PortReady);
        console.Settle();
        Assert.Equal((true, true), (next.IsReady, next.IsGuestOpen));
        Assert.Equal(["PortName 1 1 b", "PortOpen 1 1"], control.Heard.Skip(2));
        Assert.Equal(0UL, console.Device.Counters.ControlUnknown);
    }

    [Fact]
    public void A_late_word_about_a_port_that_went_is_no_nonsense()
    {
        using var console = new TestConsole(Named("a"));
        ControlDriver control = Ready(console);
        control.GivesBack = false;

        console.Remove(console.PortOf("a"));
        control.Say(1, ControlEvent.PortOpen, 0);
        Assert.Equal(["PortRemove 1 1"], control.Heard);
        Assert.Equal(0UL, console.Device.Counters.ControlUnknown);

        Offer(control, 1);
        console.Settle();
        control.Say(1, ControlEvent.PortOpen, 0); // Now it knows.
        console.Settle();
        Assert.Equal(1UL, console.Device.Counters.ControlUnknown);
    }

    [Fact]
    public void A_driver_that_resumed_without_DEVICE_READY_hears_of_ports_that_come_and_go()
    {
        using var console = new TestConsole(Named("a"));
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(1, ControlEvent.PortReady);
        control.Forget();

        console.Add(Named("b"));
        console.Remove(console.PortOf("a"));

        Assert.Equal(["PortAdd 2 1", "PortRemove 1 1"], control.Heard);
    }

    [Fact]
    public void What_a_driver_that_is_gone_did_not_hear_is_not_told_to_the_next()
    {
        using var console = new TestConsole(Named("a"), Named("b"));
        var gone = new ControlDriver(console, buffers: 2);
        gone.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        Assert.Equal(2, gone.Heard.Count);
        console.Remove(console.PortOf("a"));
        console.Add(Named("c") with { Id = 1 });

        console.Transport.Reset();
        var next = new ControlDriver(console) { GivesBack = true };
        next.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);

        Assert.Equal(["PortAdd 1 1", "PortAdd 2 1"], next.Heard);
        next.Say(1, ControlEvent.PortReady);
        Assert.Equal(["PortName 1 1 c", "PortOpen 1 1"], next.Heard.Skip(2));
    }

    [Fact]
    public void A_paused_driver_hears_all_of_it_in_order_when_it_goes_on()
    {
        using var console = new TestConsole(Named("a"));
        ControlDriver control = Ready(console);

        console.Transport.Stop(QueueMap.ControlReceive);
        console.Remove(console.PortOf("a"));
        console.Add(Named("b") with { Id = 1 });
        console.Transport.Restart(QueueMap.ControlReceive);

        Assert.Equal(["PortRemove 1 1", "PortAdd 1 1"], control.Heard);
    }

    [Fact]
    public void A_removal_that_was_told_before_a_pause_is_still_waited_for_after_it()
    {
        using var console = new TestConsole(Named("a"));
        ControlDriver control = Ready(console);
        control.GivesBack = false;
        console.Remove(console.PortOf("a"));
        console.Add(Named("b") with { Id = 1 });
        Assert.Equal(["PortRemove 1 1"], control.Heard);

        console.Transport.Stop(QueueMap.ControlReceive);
        console.Transport.Restart(QueueMap.ControlReceive);
        Assert.Equal(["PortRemove 1 1"], control.Heard);

        Offer(control, 1);
        Assert.Equal(["PortRemove 1 1", "PortAdd 1 1"], control.Heard);
    }

    [Fact]
    public void Without_MULTIPORT_port_0_comes_and_goes_unsaid()
    {
        var first = new TestEndpoint();
        var second = new TestEndpoint();
        using var console = new TestConsole(
            new ConsoleOptions { Ports = [new("one", first, IsConsole: true)] }, features: ~(ConsoleFeatures.Multiport | FastRing.Spec.VirtioFeatures.RingPacked));
        var port = new RawPort(console.Transport, 0);

        console.Remove(console.PortOf("one"));
        Send(port, "nobody"u8);
        console.Settle();
        console.Add(new PortOptions("two", second, IsConsole: true));
        Send(port, "somebody"u8);
        console.OnWorker(() => second.Supply("in"u8));
        console.Settle();

        Assert.Empty(first.Taken);
        Assert.Equal("somebody"u8.ToArray(), second.Taken);
        Assert.Equal(2, port.TryTake(new byte[4096]));
    }

    [Fact]
    public void Port_0_stays_a_consoles_when_its_console_goes()
    {
        using var console = new TestConsole(new PortOptions("con", new NullEndpoint(), IsConsole: true));
        console.Remove(console.PortOf("con"));

        Assert.Equal(1, console.Add(Named("a")).Id);
        Assert.Equal(0, console.Add(new PortOptions("again", new NullEndpoint(), IsConsole: true)).Id);
        Assert.Equal(2, console.Add(new PortOptions("third", new NullEndpoint(), IsConsole: true)).Id);
    }

    private static PortOptions Named(string name) => new(name, new NullEndpoint());

    /// <summary>A driver that knows port 1 and returns its buffers.</summary>
    private static ControlDriver Ready(TestConsole console)
    {
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Say(1, ControlEvent.PortReady);
        control.Forget();
        return control;
    }

    private static void Offer(ControlDriver control, int buffers)
    {
        for (int i = 0; i < buffers; i++)
        {
            control.Offer();
        }
    }

    private static void Send(RawPort port, ReadOnlySpan<byte> bytes)
    {
        Assert.True(port.TryAdd(bytes));
        port.Transmit.PublishAndKick();
    }
}
