using System.Buffers.Binary;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Memory;

namespace FastRing.Console.Tests.Ports;

/// <summary>Queues that are stopped and started again where they stopped: a paused guest, a changed memory table.</summary>
public abstract class RestartTests(ulong features)
{
    private const int Transmit = 5;
    private const int Receive = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2500)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void Held_chains_arrive_once_after_a_restart_also_the_one_that_was_taken_in_part(int takenBefore)
    {
        var endpoint = new TestEndpoint { Room = takenBefore };
        using var console = new TestConsole(features, new PortOptions("a", endpoint));
        var port = new RawPort(console.Transport, 1, pieces: 3);
        Fill(port, chains: 6, chainBytes: 4096);
        console.Settle();
        Assert.Equal(takenBefore, endpoint.TakenBytes);

        console.Transport.Stop(Transmit);
        Assert.Equal(BaseAfter(takenBefore / 4096), console.Transport[Transmit].Base);
        console.Transport.Restart(Transmit);
        Unblock(console, endpoint);

        Assert.Equal(6 * 4096, endpoint.TakenBytes);
        Pattern.AssertIs(endpoint.Taken.ToArray(), 0);
        Assert.Equal(6, port.Reclaim());
    }

    [Fact]
    public void A_chain_taken_in_part_survives_several_stops()
    {
        var endpoint = new TestEndpoint { Room = 1000 };
        using var console = new TestConsole(features, new PortOptions("a", endpoint) { WhenClientLeaves = DisconnectPolicy.Keep });
        var port = new RawPort(console.Transport, 1);
        Fill(port, chains: 2, chainBytes: 4096);
        console.Settle();

        for (int i = 0; i < 3; i++)
        {
            console.Transport.Stop(Transmit);
            console.Transport.Restart(Transmit);
            console.OnWorker(() =>
            {
                endpoint.Room = 100;
                endpoint.Observer.OutputPossible();
            });
            console.Settle();
        }

        console.Transport.Stop(Transmit);
        console.OnWorker(() => endpoint.SetOpen(false)); // Restarted without a turn in between.
        console.Transport.Restart(Transmit);
        console.Transport.Stop(Transmit);
        console.Transport.Restart(Transmit);
        console.OnWorker(() => endpoint.SetOpen(true));
        Unblock(console, endpoint);

        Assert.Equal(2 * 4096, endpoint.TakenBytes);
        Pattern.AssertIs(endpoint.Taken.ToArray(), 0);
    }

    [Fact]
    public void The_part_taken_from_a_driver_before_a_reset_is_not_missing_at_the_next()
    {
        var endpoint = new TestEndpoint { Room = 1000 };
        using var console = new TestConsole(features, new PortOptions("a", endpoint));
        Fill(new RawPort(console.Transport, 1), chains: 1, chainBytes: 4096);
        console.Settle();
        console.Transport.Reset();
        endpoint.Taken.Clear();
        console.OnWorker(() => endpoint.Room = long.MaxValue);

        Fill(new RawPort(console.Transport, 1), chains: 1, chainBytes: 4096);
        console.Settle();

        Assert.Equal(4096, endpoint.Taken.Count);
        Pattern.AssertIs(endpoint.Taken.ToArray(), 0);
    }

    [Fact]
    public void A_queue_that_is_reset_forgets_the_chain_it_stopped_in()
    {
        var endpoint = new TestEndpoint { Room = 1000 };
        using var console = new TestConsole(features, new PortOptions("a", endpoint));
        var port = new RawPort(console.Transport, 1);
        Fill(port, chains: 1, chainBytes: 4096);
        console.Settle();

        console.Transport.Stop(Transmit);
        console.OnWorker(() => console.Device.QueueReset(Transmit));
        console.Transport.Restart(Transmit);
        Unblock(console, endpoint);

        Assert.Equal(1000 + 4096, endpoint.TakenBytes);
    }

    [Fact]
    public void A_disabled_queue_loses_nothing()
    {
        var endpoint = new TestEndpoint { Room = 1000 };
        using var console = new TestConsole(features, new PortOptions("a", endpoint));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortOpen);
        Fill(port, chains: 6, chainBytes: 4096);
        console.Settle();

        console.Transport.Enable(Transmit, false);
        console.Transport.Enable(Receive, false);
        console.OnWorker(() => endpoint.Supply("later"u8));
        Unblock(console, endpoint);
        Assert.Equal(1000, endpoint.TakenBytes);
        Assert.Equal(-1, port.TryTake(new byte[4096]));

        console.Transport.Enable(Transmit, true);
        console.Transport.Enable(Receive, true);
        console.Settle();
        Pattern.AssertIs(endpoint.Taken.ToArray(), 0);
        Assert.Equal(6 * 4096, endpoint.TakenBytes);
        Assert.Equal(5, port.TryTake(new byte[4096]));
        Assert.Equal(0UL, console.PortOf("a").Counters.BytesDiscarded);
    }

    [Fact]
    public void Control_messages_to_a_disabled_queue_are_handled_when_it_is_enabled()
    {
        using var console = new TestConsole(features, new PortOptions("a", new NullEndpoint()));
        var control = new ControlDriver(console);
        var ring = console.Transport[QueueMap.ControlTransmit].Driver;
        var start = console.Transport.Allocate(8);
        new ControlMessage(1, ControlEvent.PortReady, 1).Write(console.Transport.Memory.Window(start, 8).Span);

        console.Transport.Enable(QueueMap.ControlTransmit, false);
        ring.Ring.TryAdd([new Queues.DriverBuffer(start, 8)], [], 0);
        ring.PublishAndKick();
        Assert.Empty(control.Heard);

        console.Transport.Enable(QueueMap.ControlTransmit, true);
        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void Control_messages_to_a_disabled_queue_stay_pending()
    {
        using var console = new TestConsole(features, new PortOptions("a", new NullEndpoint()));
        var control = new ControlDriver(console);

        console.Transport.Enable(QueueMap.ControlReceive, false);
        control.Say(1, ControlEvent.PortReady);
        Assert.Empty(control.Heard);

        console.Transport.Enable(QueueMap.ControlReceive, true);
        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void Received_bytes_go_on_after_a_restart_without_loss()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(features, new PortOptions("a", endpoint));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, receiveCount: 8, receiveBytes: 100);
        var got = new List<byte>();

        for (int i = 0; i < 20; i++)
        {
            console.OnWorker(() => endpoint.Supply(Pattern.Bytes(i * 777, 777)));
            console.Transport.Stop(Receive);
            console.Transport.Restart(Receive);
            Drain(console, port, got, (i + 1) * 777);
        }

        Pattern.AssertIs(got.ToArray(), 0);
    }

    [Fact]
    public void Buffers_of_a_port_the_guest_closed_are_looked_at_again_when_it_opens()
    {
        // A driver may take its buffers back from a port it closed, and offer others in their place.
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(features, new PortOptions("a", endpoint));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1, receiveCount: 8);
        control.Say(1, ControlEvent.PortOpen, 1);
        console.OnWorker(() => endpoint.Supply("x"u8));
        console.Settle();
        Assert.Equal(1, port.TryTake(new byte[4096]));
        control.Say(1, ControlEvent.PortOpen, 0);

        GuestAddress elsewhere = console.Transport.Allocate(8);
        GuestAddress second = new(console.Transport[Receive].Layout.Descriptors.Value + 16);
        BinaryPrimitives.WriteUInt64LittleEndian(console.Transport.Memory.Window(second, 8).Span, elsewhere.Value);
        control.Say(1, ControlEvent.PortOpen, 1);
        console.OnWorker(() => endpoint.Supply("moved"u8));
        console.Settle();

        Assert.Equal("moved"u8.ToArray(), console.Transport.Memory.Window(elsewhere, 5).Span.ToArray());
    }

    [Fact]
    public void Ports_stay_open_when_the_control_queues_are_paused()
    {
        using var console = new TestConsole(features, new PortOptions("a", new EchoEndpoint()));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);
        for (int i = 1; i < 65536; i++)
        {
            control.Say(1, ControlEvent.PortOpen);
        }

        control.Forget();
        console.Transport.Stop(QueueMap.ControlReceive);
        console.Transport.Stop(QueueMap.ControlTransmit);
        Assert.Equal(BaseAfter(0), console.Transport[QueueMap.ControlTransmit].Base); // Once round: as if it had never run.
        console.Transport.Restart(QueueMap.ControlTransmit);
        console.Transport.Restart(QueueMap.ControlReceive);
        port.TryAdd("ping"u8);
        port.Transmit.PublishAndKick();
        console.Settle();

        Assert.True(console.PortOf("a").IsGuestOpen);
        Assert.Equal(4, port.TryTake(new byte[4096]));
        Assert.Empty(control.Heard);
    }

    [Fact]
    public void Guest_memory_is_not_touched_while_the_queues_are_stopped()
    {
        var endpoint = new TestEndpoint { Room = 1000 };
        using var console = new TestConsole(new ConsoleOptions { Ports = [new("a", endpoint)] }, features, memoryBytes: 2 << 20);
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        Fill(port, chains: 6, chainBytes: 4096);
        console.Settle();
        int[] queues = [Receive, Transmit, QueueMap.ControlReceive, QueueMap.ControlTransmit];
        Array.ForEach(queues, console.Transport.Stop);
        byte[] before = console.Transport.Memory.Window(new(0), 2 << 20).Span.ToArray();

        console.OnWorker(() =>
        {
            endpoint.Supply(new byte[10_000]);
            endpoint.SetOpen(false);
            endpoint.SetOpen(true);
            Array.ForEach(queues, console.Device.QueueKicked);
        });
        Unblock(console, endpoint);

        Assert.True(console.Transport.Memory.Window(new(0), 2 << 20).Span.SequenceEqual(before));
        Assert.Equal(1000, endpoint.TakenBytes);
        Assert.Equal(0, endpoint.Reads);
    }

    /// <summary>Where a fresh ring is after some chains of one slot each; of a packed ring the wrap counters are at 1, and both halves are the same.</summary>
    private uint BaseAfter(int chains) =>
        (features & FastRing.Spec.VirtioFeatures.RingPacked) != 0 ? (uint)(chains | 0x8000) * 0x1_0001 : (uint)chains;

    private static void Fill(RawPort port, int chains, int chainBytes)
    {
        for (int i = 0; i < chains; i++)
        {
            Assert.True(port.TryAdd(Pattern.Bytes((long)i * chainBytes, chainBytes)));
        }

        port.Transmit.PublishAndKick();
    }

    private static void Unblock(TestConsole console, TestEndpoint endpoint)
    {
        console.OnWorker(() =>
        {
            endpoint.Room = long.MaxValue;
            endpoint.Observer.OutputPossible();
        });
        console.Settle();
    }

    private static void Drain(TestConsole console, RawPort port, List<byte> got, int until)
    {
        var bytes = new byte[4096];
        Eventually.Is(
            () =>
            {
                for (int length = port.TryTake(bytes); length >= 0; length = port.TryTake(bytes))
                {
                    got.AddRange(bytes.AsSpan(0, length));
                }

                port.Receive.PublishAndKick();
                console.Settle();
                return got.Count == until;
            },
            $"{until} bytes");
    }
}

/// <summary>On split rings.</summary>
public sealed class SplitRestartTests() : RestartTests(~FastRing.Spec.VirtioFeatures.RingPacked);

/// <summary>On packed rings.</summary>
public sealed class PackedRestartTests() : RestartTests(~0UL);
