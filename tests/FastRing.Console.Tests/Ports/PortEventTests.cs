using System.Collections.Concurrent;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

public sealed class PortEventTests
{
    [Fact]
    public void A_ports_life_is_told_in_order()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole();
        ConcurrentQueue<string> events = Listen(console);
        var control = new ControlDriver(console) { GivesBack = true };

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        Port port = console.Add(new PortOptions("a", endpoint));
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        console.Settle();
        console.OnWorker(() => endpoint.SetOpen(false));
        console.OnWorker(() => endpoint.SetOpen(true));
        control.Say(1, ControlEvent.PortOpen, 0);
        console.Settle();
        console.Remove(port);

        Assert.Equal(
            ["DriverReady", "Added a", "HostOpened a", "GuestReady a", "GuestOpened a", "HostClosed a", "HostOpened a", "GuestClosed a", "Removed a"],
            events);
    }

    [Fact]
    public void A_guest_that_fails_is_told_of()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        ConcurrentQueue<string> events = Listen(console);
        var control = new ControlDriver(console);

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady, 0);
        control.Say(1, ControlEvent.PortReady, 0);
        console.Settle();
        Assert.Equal(["DriverFailed", "GuestFailed a"], events);
        Assert.True(console.PortOf("a").HasFailed);

        control.Say(1, ControlEvent.PortReady);
        console.Settle();
        Assert.False(console.PortOf("a").HasFailed);
        Assert.Equal("GuestReady a", events.Last());
    }

    [Fact]
    public void The_same_state_again_is_no_event()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        ConcurrentQueue<string> events = Listen(console);
        var control = new ControlDriver(console);
        for (int i = 0; i < 5; i++)
        {
            control.Say(1, ControlEvent.PortOpen);
            console.OnWorker(() => endpoint.SetOpen(true));
        }

        console.Settle();
        Assert.Equal(["GuestOpened a"], events);
    }

    [Fact]
    public void A_reset_closes_what_was_open_and_is_told()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()), new PortOptions("b", new NullEndpoint()));
        var control = new ControlDriver(console);
        control.Say(2, ControlEvent.PortReady);
        control.Say(2, ControlEvent.PortOpen);
        console.Settle();
        ConcurrentQueue<string> events = Listen(console);

        console.Transport.Reset();

        Assert.Equal(["GuestClosed b", "DriverReset"], events);
        Assert.False(console.Device.IsDriverReady);
    }

    [Fact]
    public void Nonsense_is_told_at_most_once_a_second_however_much_and_whatever_kinds_there_are()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        ConcurrentQueue<string> events = Listen(console);
        var control = new ControlDriver(console);
        long start = Environment.TickCount64;

        for (uint i = 0; i < 1000; i++)
        {
            control.Say(1000 + i, ControlEvent.PortReady);
            control.Say(1, (ControlEvent)100);
            control.Say([1, 2, 3], 3);
        }

        console.Settle();
        int seconds = (int)((Environment.TickCount64 - start) / 1000);
        Assert.InRange(events.Count(e => e == "BadControl"), 1, seconds + 1);
        Assert.Equal(events.Count, events.Count(e => e == "BadControl"));
        Assert.Equal((2000UL, 1000UL), (console.Device.Counters.ControlUnknown, console.Device.Counters.ControlMalformed));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Each_kind_of_nonsense_is_told(int kind)
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        ConcurrentQueue<string> events = Listen(console);
        var control = new ControlDriver(console);

        byte[][] messages = [[9, 0, 0, 0, 3, 0, 1, 0], [1, 0, 0, 0, 99, 0, 1, 0], [1, 0, 0]];
        control.Say(messages[kind], 8);
        console.Settle();

        Assert.Equal(["BadControl"], events);
    }

    [Fact]
    public void A_handler_that_throws_harms_nobody()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        console.Device.PortChanged += static _ => throw new InvalidOperationException("handler");
        console.StartDriver();
        var port = console.Open("a");

        console.Write(port, "ping"u8);
        Assert.Equal("ping"u8.ToArray(), console.Read(port, 4));
        Assert.Contains(console.Logger.Lines, l => l.Contains("PortChanged", StringComparison.Ordinal));
    }

    private static ConcurrentQueue<string> Listen(TestConsole console)
    {
        var events = new ConcurrentQueue<string>();
        console.Device.PortChanged += e => events.Enqueue($"{e.Kind} {e.Port?.Name}".TrimEnd());
        return events;
    }
}
