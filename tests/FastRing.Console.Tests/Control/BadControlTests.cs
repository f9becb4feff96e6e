using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Tests.Control;

/// <summary>Control messages that a hostile or broken driver sends.</summary>
public sealed class BadControlTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void A_message_below_8_bytes_is_returned_counted_and_ignored(int length)
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);

        control.Say(Message(1, ControlEvent.PortReady).AsSpan(0, length), length);

        Assert.Empty(control.Heard);
        Assert.Equal(1UL, console.Device.Counters.ControlMalformed);
        Assert.Equal(0UL, console.Device.Counters.ControlReceived);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void A_message_may_be_split_anywhere(int pieceBytes)
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);

        control.Say(Message(1, ControlEvent.PortReady), pieceBytes);

        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(400)]
    public void What_follows_a_message_is_ignored(int length)
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);
        byte[] bytes = [.. Message(1, ControlEvent.PortReady), .. new byte[length - 8]];

        control.Say(bytes, length);

        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void A_message_of_almost_4_GiB_allocates_nothing()
    {
        using var console = new TestConsole(new ConsoleOptions { Ports = [Port()] }, memoryBytes: 1UL << 30);
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        control.Forget();
        List<DriverBuffer> pieces = [.. Enumerable.Repeat(new DriverBuffer(new(0), 1023 << 20), 4)];
        console.Transport.Memory.Window(new(0), 8).Span.Clear(); // DEVICE_READY 0 for port 0
        long before = WorkerAllocations(console);

        control.Say(pieces);

        Assert.InRange(WorkerAllocations(console) - before, 0, 65536); // A log line is written on the way, the first maybe.
        Assert.Equal(2UL, console.Device.Counters.ControlReceived);
        Assert.Empty(control.Heard);
    }

    [Fact]
    public void A_chain_of_4_GiB_breaks_the_control_queue_and_nothing_else()
    {
        using var console = new TestConsole(new ConsoleOptions { Ports = [new("e", new EchoEndpoint())] }, memoryBytes: 1UL << 30);
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1);
        var ring = console.Transport[QueueMap.ControlTransmit].Driver;
        DriverBuffer[] pieces = [.. Enumerable.Repeat(new DriverBuffer(new(0), 1 << 30), 4)];

        Assert.True(ring.Ring.TryAdd(pieces, [], 0));
        ring.PublishAndKick();
        console.Settle();
        port.TryAdd("still"u8);
        port.Transmit.PublishAndKick();
        console.Settle();

        Assert.Equal([(QueueMap.ControlTransmit, VirtqueueError.ChainTooLarge)], console.Transport.Broken);
        Assert.Equal(5, port.TryTake(new byte[4096]));
    }

    [Fact]
    public void An_unknown_event_is_counted_and_ignored()
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);

        control.Say(1, (ControlEvent)8);
        control.Say(1, (ControlEvent)0xffff);
        control.Say(1, ControlEvent.PortAdd);
        control.Say(1, ControlEvent.Resize);

        Assert.Empty(control.Heard);
        Assert.Equal(4UL, console.Device.Counters.ControlUnknown);
    }

    [Theory]
    [InlineData(0U)] // Kept for a console, and there is none.
    [InlineData(2U)]
    [InlineData(4U)]
    [InlineData(0x8000_0000U)]
    [InlineData(ControlMessage.NoPort)]
    public void A_port_that_does_not_exist_is_counted_and_ignored(uint port)
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);

        control.Say(port, ControlEvent.PortReady);
        control.Say(port, ControlEvent.PortOpen);

        Assert.Empty(control.Heard);
        Assert.Equal(2UL, console.Device.Counters.ControlUnknown);
    }

    [Fact]
    public void A_flood_of_nonsense_writes_one_log_line_a_second_for_each_kind()
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);
        long start = Environment.TickCount64;

        for (uint i = 0; i < 1000; i++)
        {
            control.Say(1000 + i, ControlEvent.PortReady);
            control.Say(1, (ControlEvent)100);
        }

        long seconds = ((Environment.TickCount64 - start) / 1000) + 1;
        Assert.Equal(2000UL, console.Device.Counters.ControlUnknown);
        Assert.InRange(console.Logger.Lines.Count, 2, 2 * (int)(seconds + 1));
    }

    [Fact]
    public void PORT_READY_0_is_reported_and_the_port_stays()
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);

        control.Say(1, ControlEvent.PortReady, 0);
        Assert.Empty(control.Heard);
        Assert.Contains(console.Logger.Lines, l => l.Contains("failed to set up port 1 'a'", StringComparison.Ordinal));

        control.Say(1, ControlEvent.PortReady);
        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void PORT_OPEN_is_believed_before_PORT_READY_and_DEVICE_READY()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console);

        control.Say(1, ControlEvent.PortOpen);

        Assert.True(console.PortOf("a").IsGuestOpen);
        Assert.Equal([true], endpoint.GuestOpens);
        Assert.Empty(control.Heard);
    }

    [Fact]
    public void The_same_PORT_OPEN_again_is_nothing_new()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console);

        foreach (ushort value in new ushort[] { 0, 1, 1, 1, 0, 0, 1 })
        {
            control.Say(1, ControlEvent.PortOpen, value);
        }

        Assert.Equal([true, false, true], endpoint.GuestOpens);
        Assert.Equal(2UL, console.PortOf("a").Counters.GuestOpens);
    }

    [Fact]
    public void A_message_that_is_rewritten_while_it_is_read_is_some_message_and_nothing_fails()
    {
        const int Messages = 20_000;
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);
        GuestAddress address = console.Transport.Allocate(ControlMessage.SizeBytes);
        bool ends = false;
        var rewriter = new Thread(() => Rewrite(console, address, ref ends));
        rewriter.Start();

        try
        {
            for (int i = 0; i < Messages; i++)
            {
                control.Say([new DriverBuffer(address, ControlMessage.SizeBytes)]);
            }
        }
        finally
        {
            Volatile.Write(ref ends, true);
            rewriter.Join();
        }

        Assert.Equal((ulong)Messages, console.Device.Counters.ControlReceived);
        Assert.InRange(console.Device.Counters.ControlUnknown, 1UL, (ulong)Messages - 1);
        Assert.DoesNotContain(console.Logger.Lines, line => line.Contains("control queue", StringComparison.Ordinal));
    }

    private static void Rewrite(TestConsole console, GuestAddress address, ref bool ends)
    {
        var random = new Random(1);
        while (!Volatile.Read(ref ends))
        {
            uint port = random.Next(3) switch { 0 => 1, 1 => ControlMessage.NoPort, _ => (uint)random.Next(6) };
            new ControlMessage(port, (ControlEvent)random.Next(9), (ushort)random.Next(3)).Write(console.Transport.Memory.Window(address, ControlMessage.SizeBytes).Span);
        }
    }

    [Fact]
    public void Chains_without_a_readable_byte_are_returned()
    {
        using var console = new TestConsole(Port());
        var control = new ControlDriver(console);
        var ring = console.Transport[QueueMap.ControlTransmit].Driver;

        Assert.True(ring.Ring.TryAdd([], [new DriverBuffer(new(4096), 64)], 7));
        Assert.True(ring.Ring.TryAdd([new DriverBuffer(new(0xffff_ffff_0000), 0)], [], 8));
        ring.PublishAndKick();
        console.Settle();

        Assert.True(ring.Ring.TryTakeUsed(out UsedBuffer first));
        Assert.True(ring.Ring.TryTakeUsed(out UsedBuffer second));
        Assert.Equal((7UL, 0U, 8UL, 0U), (first.Token, first.Written, second.Token, second.Written));
        Assert.Equal(2UL, console.Device.Counters.ControlMalformed);
        Assert.Empty(control.Heard);
    }

    private static long WorkerAllocations(TestConsole console)
    {
        long bytes = 0;
        console.OnWorker(() => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }

    private static byte[] Message(uint port, ControlEvent what)
    {
        var bytes = new byte[ControlMessage.SizeBytes];
        new ControlMessage(port, what, 1).Write(bytes);
        return bytes;
    }

    private static PortOptions Port() => new("a", new NullEndpoint());
}
