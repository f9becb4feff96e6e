using System.Buffers.Binary;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>A malformed ring stops its own queue and nothing else.</summary>
public sealed class BrokenRingTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(QueueMap.ControlReceive)]
    [InlineData(QueueMap.ControlTransmit)]
    public void A_ring_whose_index_jumps_stops_alone_and_is_reported_once(int index)
    {
        using var console = new TestConsole(new PortOptions("bad", new EchoEndpoint()), new PortOptions("good", new EchoEndpoint()));
        var control = new ControlDriver(console);
        var bad = new RawPort(console.Transport, 1);
        var good = new RawPort(console.Transport, 2);
        Open(control, 1, 2);
        Echo(console, bad);

        Corrupt(console, index);
        for (int i = 0; i < 100; i++) // More than the device knows of receive buffers.
        {
            Kick(console, index);
            bad.TryAdd("x"u8); // Gives the receive side something to do.
            bad.Transmit.PublishAndKick();
            if (index == QueueMap.ControlReceive)
            {
                control.Say(1, ControlEvent.PortReady);
            }

            console.Settle();
        }

        Assert.Equal([(index, VirtqueueError.AvailableIndexJumped)], console.Transport.Broken);
        Assert.Equal(1UL, console.Device.Counters.BrokenQueues);
        Echo(console, good);
    }

    [Fact]
    public void A_reset_makes_a_broken_port_work_again()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        Open(control, 1);
        Corrupt(console, 5);
        Kick(console, 5);
        console.Settle();
        Assert.Single(console.Transport.Broken);

        console.Transport.Reset();
        control = new ControlDriver(console);
        port = new RawPort(console.Transport, 1);
        Open(control, 1);

        Echo(console, port);
        Assert.Single(console.Transport.Broken);
    }

    [Fact]
    public void A_buffer_outside_of_memory_stops_the_queue_behind_the_good_ones()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var port = new RawPort(console.Transport, 1);
        port.TryAdd("good"u8);
        port.Transmit.Ring.TryAdd([new DriverBuffer(new(1UL << 40), 64)], [], 1);
        port.TryAdd("never"u8);

        port.Transmit.PublishAndKick();
        console.Settle();

        Assert.Equal("good"u8.ToArray(), endpoint.Taken);
        Assert.Equal([(5, VirtqueueError.BufferNotMapped)], console.Transport.Broken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Buffers_of_the_wrong_direction_are_returned_empty(bool packed)
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(packed ? ulong.MaxValue : ~VirtioFeatures.RingPacked, new PortOptions("a", endpoint));
        var control = new ControlDriver(console);
        Open(control, 1);
        var port = new RawPort(console.Transport, 1, receiveCount: 0);
        DriverBuffer[] buffer = [new(console.Transport.Allocate(64), 64)];
        port.Receive.Ring.TryAdd(buffer, [], 1);
        port.Receive.Ring.TryAdd([], buffer, 2);
        port.Transmit.Ring.TryAdd([], buffer, 3);
        port.Transmit.Ring.TryAdd(buffer, [], 4);

        port.Receive.PublishAndKick();
        port.Transmit.PublishAndKick();
        console.OnWorker(() => endpoint.Supply("abc"u8));
        console.Settle();

        Assert.Equal([new(1, 0), new(2, 3)], Used(port.Receive.Ring));
        Assert.Equal([new(3, 0), new(4, 0)], Used(port.Transmit.Ring));
        Assert.Equal(64, endpoint.TakenBytes);
        Assert.Empty(console.Transport.Broken);
    }

    [Fact]
    public void What_a_guest_sends_to_a_port_that_does_not_exist_is_discarded_and_counted()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        var port = new RawPort(console.Transport, 3);
        for (int i = 0; i < 10; i++)
        {
            port.TryAdd(new byte[1000]);
        }

        port.Transmit.PublishAndKick();
        console.Settle();

        Assert.Equal(10, port.Reclaim());
        Assert.Equal(10_000UL, console.Device.Ports[3].Counters.BytesDiscarded);
    }

    [Fact]
    public void A_port_without_a_console_serves_nobody_on_queue_0_but_discards()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        var port = new RawPort(console.Transport, 0);

        port.TryAdd(new byte[10]);
        port.Transmit.PublishAndKick();
        console.Settle();

        Assert.Equal(1, port.Reclaim());
    }

    private static List<UsedBuffer> Used(DriverVirtqueue ring)
    {
        List<UsedBuffer> used = [];
        while (ring.TryTakeUsed(out UsedBuffer buffer))
        {
            used.Add(buffer);
        }

        return used;
    }

    private static void Open(ControlDriver control, params uint[] ports)
    {
        foreach (uint port in ports)
        {
            control.Say(port, ControlEvent.PortOpen);
        }
    }

    private static void Echo(TestConsole console, RawPort port)
    {
        Assert.True(port.TryAdd("echo"u8));
        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Equal(4, port.TryTake(new byte[4096]));
        port.Receive.PublishAndKick();
    }

    /// <summary>Moves the available index on by more than a ring holds.</summary>
    private static void Corrupt(TestConsole console, int index)
    {
        RingLayout layout = console.Transport[index].Layout;
        Span<byte> available = console.Transport.Memory.Window(new(layout.Driver.Value + 2), 2).Span;
        BinaryPrimitives.WriteUInt16LittleEndian(available, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(available) + layout.Size + 1));
    }

    private static void Kick(TestConsole console, int index)
    {
        console.Transport[index].Driver.Kick.Signal();
        console.Settle();
    }
}
