using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Spec;

namespace FastRing.Console.Tests.Control;

/// <summary>The driver spins until a control buffer returns: whatever else is stuck.</summary>
public sealed class ControlLivenessTests
{
    [Fact]
    public void Control_buffers_return_while_no_endpoint_takes_anything()
    {
        TestEndpoint[] endpoints = [.. Enumerable.Range(0, 8).Select(_ => new TestEndpoint { Room = 0 })];
        using var console = new TestConsole([.. endpoints.Select((e, i) => new PortOptions($"p{i}", e))]);
        var control = new ControlDriver(console, buffers: 0);
        RawPort[] ports = [.. Enumerable.Range(1, 8).Select(id => new RawPort(console.Transport, id))];
        foreach (RawPort port in ports)
        {
            while (port.TryAdd(new byte[4096]))
            {
            }

            port.Transmit.PublishAndKick();
        }

        console.Settle();
        for (uint i = 0; i < 1000; i++)
        {
            control.Say(1 + (i % 8), (i & 8) == 0 ? ControlEvent.PortOpen : ControlEvent.PortReady);
        }

        Assert.Equal(1000UL, console.Device.Counters.ControlReceived);
        Assert.All(ports, p => Assert.Equal(0, p.Reclaim()));
        Assert.All(endpoints, e => Assert.Equal(0, e.TakenBytes));
    }

    [Fact]
    public void Control_buffers_return_while_an_endpoint_fails_at_every_call()
    {
        var endpoint = new TestEndpoint { OnWrite = _ => throw new InvalidOperationException("broken endpoint") };
        using var console = new TestConsole(new PortOptions("bad", endpoint), new PortOptions("good", new EchoEndpoint()));
        var control = new ControlDriver(console);
        control.Say(2, ControlEvent.PortOpen);
        var bad = new RawPort(console.Transport, 1);
        var good = new RawPort(console.Transport, 2);
        bad.TryAdd("x"u8);
        bad.Transmit.PublishAndKick();
        good.TryAdd("y"u8);
        good.Transmit.PublishAndKick();
        console.Settle();

        control.Say(1, ControlEvent.PortReady);

        bad.TryAdd("z"u8);
        bad.Transmit.PublishAndKick();
        console.Settle();

        Assert.Equal(1, endpoint.Writes); // The port was stopped, nothing else.
        Assert.Equal(1, good.TryTake(new byte[4096]));
        Assert.Contains(console.Logger.Lines, l => l.Contains("broken endpoint", StringComparison.Ordinal));
        Assert.DoesNotContain("PortOpen 1 1", control.Heard); // Nobody is there any more.
    }

    [Fact]
    public void An_endpoint_that_cannot_say_whether_it_is_open_is_closed_and_stops_no_other_port()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("bad", endpoint), new PortOptions("good", new EchoEndpoint()));
        console.OnWorker(() => endpoint.OnIsOpen = () => throw new InvalidOperationException("broken endpoint"));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        control.Say(2, ControlEvent.PortReady);
        console.Settle();

        Assert.Contains("PortOpen 2 1", control.Heard);
        Assert.False(console.PortOf("bad").IsHostOpen);
        Assert.Single(console.Logger.Lines, l => l.Contains("broken endpoint", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData((ushort)64)]
    [InlineData((ushort)4096)]
    public void A_burst_of_a_whole_ring_is_answered(ushort ringSize)
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        var control = new ControlDriver(console, transmitRingSize: ringSize);
        var ring = console.Transport[QueueMap.ControlTransmit].Driver;
        var start = console.Transport.Allocate(8);
        new ControlMessage(1, ControlEvent.PortReady, 1).Write(console.Transport.Memory.Window(start, 8).Span);
        for (ulong i = 0; i < ringSize; i++)
        {
            Assert.True(ring.Ring.TryAdd([new Queues.DriverBuffer(start, 8)], [], i));
        }

        ring.PublishAndKick();
        ulong returned = 0;
        Eventually.Is(
            () =>
            {
                while (ring.Ring.TryTakeUsed(out Queues.UsedBuffer used))
                {
                    Assert.Equal(returned++, used.Token);
                }

                return returned == ringSize;
            },
            "every buffer");
        console.Settle(); // The driver sees a buffer come back before the worker has ended its turn, and counted it.
        Assert.Equal(ringSize, console.Device.Counters.ControlReceived);

        // One state, told once a turn at the most, not once a message.
        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard.Take(2));
        Assert.InRange(control.Heard.Count, 2, Math.Max(2, 2 * ringSize / 64));
    }

    [Theory]
    [InlineData(~(VirtioFeatures.RingPacked | VirtioFeatures.EventIndex))]
    [InlineData(~VirtioFeatures.RingPacked)]
    [InlineData(~VirtioFeatures.EventIndex)]
    [InlineData(~0UL)]
    public void A_driver_that_polls_and_wants_no_notification_finds_its_buffers_used_all_the_same(ulong features)
    {
        using var console = new TestConsole(features & ~VirtioFeatures.NotifyOnEmpty, new PortOptions("a", new EchoEndpoint()));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        TestQueue[] queues = [.. new[] { QueueMap.ControlTransmit, QueueMap.ReceiveQueue(1), QueueMap.TransmitQueue(1) }.Select(i => console.Transport[i])];
        control.Say(1, ControlEvent.PortOpen);
        RoundTrip(port); // With event indices the first after a start is notified of whatever the driver wants.
        console.Settle();
        Array.ForEach(queues, queue => queue.Driver.Ring.SuppressNotifications());
        ulong[] before = [.. queues.Select(queue => queue.Notifications)];
        for (int i = 0; i < 40; i++)
        {
            control.Say(1, ControlEvent.PortReady);
            RoundTrip(port);
        }

        console.Settle();
        Assert.Equal(before, queues.Select(queue => queue.Notifications));
    }

    /// <summary>A byte to the echo and back, by looking at nothing but the rings.</summary>
    private static void RoundTrip(RawPort port)
    {
        byte[] bytes = new byte[4096];
        Assert.True(port.TryAdd("x"u8));
        port.Transmit.PublishAndKick();
        Eventually.Is(() => port.Reclaim() == 1, "transmit buffer used");
        Eventually.Is(() => port.TryTake(bytes) == 1, "receive buffer used");
    }
}
