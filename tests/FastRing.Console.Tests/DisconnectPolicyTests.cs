using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests;

/// <summary>What becomes of what a guest sent to a host client that left before it took it.</summary>
public sealed class DisconnectPolicyTests
{
    [Fact]
    public void Kept_the_next_client_gets_all_of_it()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Keep, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);

        Leave(console, endpoint);
        console.Settle();
        Assert.Equal(0, port.Reclaim());
        Come(console, endpoint);

        Assert.Equal(8 * 4096, endpoint.TakenBytes);
        Pattern.AssertIs(endpoint.Taken.ToArray(), 0);
        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void Discarded_the_next_client_sees_nothing_that_was_sent_before_the_driver_took_notice()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Discard, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);

        Leave(console, endpoint);
        Come(console, endpoint);
        Assert.Equal(8, port.Reclaim());
        Send(port, "not yet noticed"u8);
        Assert.Equal(["PortOpen 1 0"], control.Heard); // Heard, and its buffer not given back.
        Send(port, "nor now"u8);
        console.Settle();
        control.Offer();
        console.Settle();

        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
        Send(port, "for the next"u8);
        console.Settle();
        Assert.Equal("for the next"u8.ToArray(), endpoint.Taken[1000..]);
    }

    [Fact]
    public void A_message_heard_before_the_end_does_not_stand_for_it()
    {
        using var console = new TestConsole(new PortOptions("a", new TestEndpoint()));
        var endpoint = (TestEndpoint)console.PortOf("a").Endpoint!;
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);
        Assert.Equal(["PortName 1 1 a", "PortOpen 1 1"], control.Heard);

        Leave(console, endpoint);
        Come(console, endpoint);
        Assert.Equal("PortOpen 1 0", control.Heard[^1]);
        control.Offer(); // The driver has dealt with the name...
        control.Offer(); // ...and with the opening, but not with the end of it.
        Assert.Equal("PortOpen 1 0", control.Heard[^1]);
        Send(port, "for the former"u8);
        console.Settle();
        Assert.Empty(endpoint.Taken);

        control.Offer();
        Assert.Equal("PortOpen 1 1", control.Heard[^1]);
        Send(port, "for the next"u8);
        console.Settle();
        Assert.Equal("for the next"u8.ToArray(), endpoint.Taken);
    }

    [Fact]
    public void Clients_that_flap_while_the_driver_has_not_taken_notice_see_nothing()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Discard, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);

        for (int i = 0; i < 20; i++)
        {
            Leave(console, endpoint);
            Come(console, endpoint);
            Send(port, "for the first"u8);
            console.Settle();
        }

        Assert.Equal(1000, endpoint.TakenBytes);
        Assert.Equal(["PortOpen 1 0"], control.Heard);
        control.Offer();
        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
        Send(port, "for the last"u8);
        console.Settle();
        Assert.Equal(1012, endpoint.TakenBytes);
    }

    [Fact]
    public void A_pause_before_the_driver_took_notice_ends_nothing()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Discard, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);
        Leave(console, endpoint);
        Assert.Equal(["PortOpen 1 0"], control.Heard);
        Come(console, endpoint);
        int[] queues = [4 + 1, QueueMap.ControlReceive, QueueMap.ControlTransmit];

        Array.ForEach(queues, console.Transport.Stop);
        Array.ForEach(queues, console.Transport.Restart);
        Send(port, "for the former"u8);
        console.Settle();
        Assert.Equal(1000, endpoint.TakenBytes);

        control.Offer();
        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void A_stopped_queue_keeps_the_next_client_waiting_until_what_is_on_it_was_discarded()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Discard, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);
        control.GivesBack = true;
        console.Transport.Stop(5);
        Leave(console, endpoint);
        Come(console, endpoint);
        Assert.Equal(["PortOpen 1 0"], control.Heard);

        console.Transport.Restart(5);
        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
        Assert.Equal(8, port.Reclaim());
        Assert.Equal(1000, endpoint.TakenBytes);
    }

    [Fact]
    public void What_a_paused_guest_had_sent_goes_with_the_client_that_leaves_meanwhile()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Discard, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);
        control.GivesBack = true;
        int[] queues = [4 + 1, QueueMap.ControlReceive, QueueMap.ControlTransmit];

        Array.ForEach(queues, console.Transport.Stop);
        Leave(console, endpoint);
        Come(console, endpoint);
        Array.ForEach(queues, console.Transport.Restart);

        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
        Assert.Equal(8, port.Reclaim());
        Assert.Equal(1000, endpoint.TakenBytes);
    }

    [Fact]
    public void The_next_clients_bytes_wait_until_the_driver_knows_of_it()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Discard, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);
        Leave(console, endpoint);
        Come(console, endpoint);
        console.OnWorker(() => endpoint.Supply("hello"u8));
        Assert.Equal(["PortOpen 1 0"], control.Heard);
        Assert.Equal(-1, port.TryTake(new byte[4096]));

        control.Offer();
        console.Settle();
        Assert.Equal(5, port.TryTake(new byte[4096]));
    }

    [Fact]
    public void What_the_next_client_sends_at_once_is_not_taken_for_the_former_ones()
    {
        // The last read of the former client and the first of the next follow in the same turn.
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("a", new UnixListenEndpoint(folder["a"])));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        HostClient first = HostClient.Connect(folder["a"]);
        console.Settle();
        control.Forget();
        using HostClient second = HostClient.Connect(folder["a"]);
        second.Send("second"u8);
        console.OnWorker(() =>
        {
            first.Send("first"u8);
            first.Dispose();
        });
        Assert.Equal(["PortOpen 1 0"], control.Heard);

        var bytes = new byte[4096];
        Assert.Equal(5, port.TryTake(bytes));
        Assert.Equal("first"u8.ToArray(), bytes[..5]);
        Assert.Equal(-1, port.TryTake(bytes));
        control.Offer();
        control.Offer();
        control.Offer();
        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
        Assert.Equal(6, port.TryTake(bytes));
    }

    [Fact]
    public void A_broken_ring_does_not_keep_the_next_client_out()
    {
        using TestConsole console = Blocked(DisconnectPolicy.Discard, out TestEndpoint endpoint, out ControlDriver control, out RawPort port);
        control.GivesBack = true;
        port.Transmit.Ring.TryAdd([new Queues.DriverBuffer(new(1UL << 40), 64)], [], 1);
        port.Transmit.PublishAndKick();
        Leave(console, endpoint);
        console.Settle();
        Assert.Single(console.Transport.Broken);

        Come(console, endpoint);
        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard);
        console.OnWorker(() => endpoint.Supply("in"u8));
        console.Settle();
        Assert.Equal(2, port.TryTake(new byte[4096]));
    }

    [Fact]
    public void An_endpoint_nobody_has_left_yet_discards_nothing()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        console.OnWorker(() => endpoint.SetOpen(false));
        var port = new RawPort(console.Transport, 1);
        Send(port, "held"u8);
        console.OnWorker(() => endpoint.SetOpen(false)); // Again: no news.
        console.Settle();

        Come(console, endpoint);
        Assert.Equal("held"u8.ToArray(), endpoint.Taken);
    }

    /// <summary>A client that took 1000 bytes of the 8 buffers its guest has sent, and takes no more.</summary>
    private static TestConsole Blocked(DisconnectPolicy policy, out TestEndpoint endpoint, out ControlDriver control, out RawPort port)
    {
        endpoint = new TestEndpoint { Room = 1000 };
        var console = new TestConsole(new PortOptions("a", endpoint) { WhenClientLeaves = policy });
        control = new ControlDriver(console) { GivesBack = true };
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        control.Forget();
        control.GivesBack = false;
        port = new RawPort(console.Transport, 1);
        for (int i = 0; i < 8; i++)
        {
            Assert.True(port.TryAdd(Pattern.Bytes(i * 4096, 4096)));
        }

        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Equal(1000, endpoint.TakenBytes);
        return console;
    }

    private static void Leave(TestConsole console, TestEndpoint endpoint)
    {
        console.OnWorker(() => endpoint.SetOpen(false));
        console.Settle();
    }

    private static void Come(TestConsole console, TestEndpoint endpoint)
    {
        console.OnWorker(() =>
        {
            endpoint.Room = long.MaxValue;
            endpoint.SetOpen(true);
        });
        console.Settle();
    }

    private static void Send(RawPort port, ReadOnlySpan<byte> bytes)
    {
        Assert.True(port.TryAdd(bytes));
        port.Transmit.PublishAndKick();
    }
}
