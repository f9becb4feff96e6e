using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Tests.Control;

/// <summary>Drivers that do not play along: memory stays what it was, and others go on.</summary>
[Collection(nameof(Alone))]
public sealed class HostileDriverTests
{
    private const long Slack = 128 * 1024;

    [Fact]
    public void A_driver_that_never_returns_control_buffers_costs_nothing_and_stops_nobody()
    {
        var flapping = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("flap", flapping), new PortOptions("echo", new EchoEndpoint()));
        var control = new ControlDriver(console, buffers: 3);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Say(2, ControlEvent.PortOpen);
        control.Say(1, ControlEvent.PortReady);
        var echo = new RawPort(console.Transport, 2);
        Churn(console, flapping, 1000);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        Churn(console, flapping, 10_000);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Slack);
        Assert.Equal(3, control.Heard.Count);
        Echo(console, echo);
    }

    [Fact]
    public void A_port_the_guest_never_opens_takes_nothing_from_its_client()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("a", new UnixListenEndpoint(folder["a"])), new PortOptions("echo", new EchoEndpoint()));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        control.Say(2, ControlEvent.PortOpen);
        _ = new RawPort(console.Transport, 1);
        var echo = new RawPort(console.Transport, 2);
        using HostClient client = HostClient.Connect(folder["a"]);
        client.Send(new byte[50_000]);

        Echo(console, echo);

        Assert.Equal(0UL, console.PortOf("a").Counters.BytesToGuest);
        Assert.Equal(PortWait.GuestOpen, console.PortOf("a").Waits);
    }

    [Fact]
    public void A_flood_of_open_and_close_costs_nothing_and_others_are_served()
    {
        using var console = new TestConsole(new PortOptions("a", new TestEndpoint { KeepsBytes = false }), new PortOptions("echo", new EchoEndpoint()));
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(2, ControlEvent.PortOpen);
        var echo = new RawPort(console.Transport, 2);
        _ = new RawPort(console.Transport, 1);
        var endpoint = (TestEndpoint)console.PortOf("a").Endpoint!;
        for (int i = 0; i < 20_000; i++)
        {
            control.Say(1, i % 3 == 0 ? ControlEvent.PortReady : ControlEvent.PortOpen, (ushort)(i % 2));
            if (i % 1000 == 0)
            {
                Echo(console, echo);
                control.Forget();
            }
        }

        console.Settle();
        Assert.Equal(20_001UL, console.Device.Counters.ControlReceived);
        Assert.True(endpoint.GuestOpens.Zip(endpoint.GuestOpens.Skip(1)).All(p => p.First != p.Second)); // Each is told once.
    }

    [Fact]
    public void Control_buffers_of_many_pieces_do_not_keep_the_worker()
    {
        // A batch is full of pieces before it is full of buffers: there is more on the ring, and no room for it.
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()), new PortOptions("echo", new EchoEndpoint()));
        var control = new ControlDriver(console, buffers: 0);
        var ring = console.Transport[QueueMap.ControlReceive].Driver;
        GuestAddress start = console.Transport.Allocate(64 * 64);
        for (ulong i = 0; i < 64; i++)
        {
            DriverBuffer[] pieces = [.. Enumerable.Range(0, 16).Select(k => new DriverBuffer(new(start.Value + (i * 64) + ((ulong)k * 4)), 4))];
            Assert.True(ring.Ring.TryAdd([], pieces, i));
        }

        ring.PublishAndKick();
        console.Settle();
        for (int i = 0; i < 30; i++)
        {
            control.Say(1, ControlEvent.PortReady);
        }

        console.Settle();
        int used = 0;
        while (ring.Ring.TryTakeUsed(out _))
        {
            used++;
        }

        Assert.InRange(used, 2, 60); // Name and state; those of several PORT_READY may be told as one.
        control.Say(2, ControlEvent.PortOpen);
        Echo(console, new RawPort(console.Transport, 2));
    }

    [Fact]
    public void A_message_of_eight_bytes_waits_for_a_buffer_that_holds_it()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        var control = new ControlDriver(console, buffers: 0);
        control.Offer(7);
        control.Offer(4);
        control.Offer();

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);

        Assert.Equal(["0 bytes", "0 bytes", "PortAdd 1 1"], control.Heard);
        Assert.Equal((2UL, 1UL), (console.Device.Counters.ControlBuffersTooSmall, console.Device.Counters.ControlSent));
    }

    private static void Churn(TestConsole console, TestEndpoint flapping, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            console.OnWorker(() => flapping.SetOpen(i % 2 == 0));
            console.Remove(console.Add(new PortOptions("x", new NullEndpoint()) { Id = 3 }));
        }
    }

    private static void Echo(TestConsole console, RawPort port)
    {
        var bytes = new byte[4096];
        for (int i = 0; i < 50; i++)
        {
            Assert.True(port.TryAdd("ping"u8));
            port.Transmit.PublishAndKick();
            Eventually.Is(() => port.TryTake(bytes) == 4, "echo");
            port.Receive.PublishAndKick();
        }
    }
}
