using System.IO.Pipelines;
using FastRing.Console.Diagnostics;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Tests.Ports;

/// <summary>How long buffers take and how many go back at a time, while somebody listens. Alone: a listener has the ports of other tests measured, too.</summary>
[Collection(nameof(Alone))]
public sealed class PortLatencyTests
{
    private const string ToHost = "to_host";
    private const string ToGuest = "to_guest";

    [Fact]
    public void Every_publication_is_measured_once_with_the_buffers_in_it()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console);
        RawPort port = Open(control, console, 1);
        using var listener = new LatencyListener();

        Send(console, port, 5);
        Send(console, port, 100); // More than are fetched at once, and one publication.
        console.OnWorker(() => endpoint.Supply(new byte[200]));
        console.Settle();

        Assert.Equal([5, 100], listener.Batches("a", ToHost));
        Assert.Equal([4], listener.Batches("a", ToGuest)); // Of 64 bytes each.
        Assert.Equal((2, 1), (listener.Took("a", ToHost).Length, listener.Took("a", ToGuest).Length));
        Assert.Equal((3, 3), (listener.Seconds.Count, listener.Buffers.Count));
    }

    [Fact]
    public void What_a_client_takes_late_is_measured_longer_than_what_another_takes_meanwhile()
    {
        var slow = new TestEndpoint { Room = 0 };
        using var console = new TestConsole(new PortOptions("slow", slow), new PortOptions("fast", new TestEndpoint()));
        var control = new ControlDriver(console);
        RawPort slowPort = Open(control, console, 1);
        RawPort fastPort = Open(control, console, 2);
        using var listener = new LatencyListener();

        long before = MonotonicClock.Now;
        Send(console, slowPort, 3);
        long blocked = MonotonicClock.Now;
        Send(console, fastPort, 2);
        Assert.Empty(listener.Batches("slow", ToHost));
        long free = MonotonicClock.Now;
        console.OnWorker(() =>
        {
            slow.Room = long.MaxValue;
            slow.Observer.OutputPossible();
        });
        console.Settle();

        Assert.Equal([3], listener.Batches("slow", ToHost));
        Assert.Equal([2], listener.Batches("fast", ToHost));
        double took = Assert.Single(listener.Took("slow", ToHost));
        Assert.InRange(took, (free - blocked) / 1e9, (MonotonicClock.Now - before) / 1e9);
        Assert.True(took > Assert.Single(listener.Took("fast", ToHost)));
    }

    [Fact]
    public void A_port_that_was_idle_is_measured_from_its_buffers_whatever_woke_it_before()
    {
        var idle = new TestEndpoint();
        var late = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("idle", idle) { WhenHostClosed = HostClosedPolicy.Hold }, new PortOptions("late", late));
        console.OnWorker(() => idle.SetOpen(false));
        var control = new ControlDriver(console);
        RawPort idlePort = Open(control, console, 1);
        Open(control, console, 2);
        using var listener = new LatencyListener();
        console.OnWorker(() =>
        {
            idle.Observer.OutputPossible(); // Each of these wakes a port, and neither has anything to do.
            late.Observer.InputPossible();
        });
        console.Settle();

        long before = MonotonicClock.Now;
        Send(console, idlePort, 1);
        Assert.Empty(listener.Seconds);
        console.OnWorker(() =>
        {
            idle.SetOpen(true);
            late.Supply(new byte[1]);
        });
        console.Settle();

        double most = (MonotonicClock.Now - before) / 1e9;
        Assert.InRange(Assert.Single(listener.Took("idle", ToHost)), 0, most);
        Assert.InRange(Assert.Single(listener.Took("late", ToGuest)), 0, most);
    }

    [Fact]
    public void What_nobody_takes_is_not_measured()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint) { WhenHostClosed = HostClosedPolicy.Discard });
        console.OnWorker(() => endpoint.SetOpen(false));
        var control = new ControlDriver(console);
        RawPort port = Open(control, console, 1);
        using var listener = new LatencyListener();
        Send(console, port, 2);
        Assert.Equal(16UL, console.PortOf("a").Counters.BytesDiscarded);
        Assert.Empty(listener.Seconds);
    }

    [Fact]
    public void A_client_that_stopped_before_anybody_listened_is_measured_from_then()
    {
        var slow = new TestEndpoint { Room = 0 };
        using var console = new TestConsole(new PortOptions("slow", slow), new PortOptions("fast", new TestEndpoint()));
        var control = new ControlDriver(console);
        RawPort slowPort = Open(control, console, 1);
        RawPort fastPort = Open(control, console, 2);
        Send(console, slowPort, 1);

        using var listener = new LatencyListener();
        Send(console, fastPort, 1);
        console.OnWorker(() =>
        {
            slow.Room = long.MaxValue;
            slow.Observer.OutputPossible();
        });
        console.Settle();
        Assert.True(Assert.Single(listener.Took("slow", ToHost)) > Assert.Single(listener.Took("fast", ToHost)));
    }

    [Fact]
    public void Bytes_that_wait_for_a_guests_buffers_are_measured_longer_than_those_that_do_not()
    {
        var slow = new TestEndpoint();
        var fast = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("slow", slow), new PortOptions("fast", fast));
        var control = new ControlDriver(console);
        RawPort slowPort = Open(control, console, 1, receiveCount: 0);
        Open(control, console, 2);
        using var listener = new LatencyListener();

        console.OnWorker(() => slow.Supply(new byte[10]));
        console.Settle();
        console.OnWorker(() => fast.Supply(new byte[10]));
        console.Settle();
        Assert.Empty(listener.Batches("slow", ToGuest));
        slowPort.Receive.Ring.TryAdd([], [new DriverBuffer(console.Transport.Allocate(64), 64)], 0);
        slowPort.Receive.PublishAndKick();
        console.Settle();

        Assert.Equal([1], listener.Batches("slow", ToGuest));
        Assert.Equal([1], listener.Batches("fast", ToGuest));
        Assert.True(Assert.Single(listener.Took("slow", ToGuest)) > Assert.Single(listener.Took("fast", ToGuest)));
    }

    [Fact]
    public async Task An_endpoint_that_works_in_place_is_measured_too()
    {
        var pipe = new InPlacePipeEndpoint();
        var fast = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", pipe), new PortOptions("fast", fast));
        var control = new ControlDriver(console);
        RawPort port = Open(control, console, 1);
        RawPort fastPort = Open(control, console, 2);
        using var listener = new LatencyListener();

        Send(console, port, 3);
        Send(console, fastPort, 1);
        Assert.Empty(listener.Batches("a", ToHost));
        console.OnWorker(() =>
        {
            Assert.True(pipe.Input.TryRead(out ReadResult result));
            pipe.Input.AdvanceTo(result.Buffer.End);
            pipe.Output.GetSpan(10);
            pipe.Output.Advance(10);
        });
        console.OnWorker(() => fast.Supply(new byte[1]));
        console.Settle();
        await console.Worker.RunAsync(async () => await pipe.Output.FlushAsync(TestContext.Current.CancellationToken));
        console.Settle();

        Assert.Equal([3], listener.Batches("a", ToHost));
        Assert.Equal([1], listener.Batches("a", ToGuest));
        Assert.True(Assert.Single(listener.Took("a", ToHost)) > Assert.Single(listener.Took("fast", ToHost)));
        Assert.True(Assert.Single(listener.Took("a", ToGuest)) > Assert.Single(listener.Took("fast", ToGuest)));
    }

    [Fact]
    public void Nothing_is_measured_while_nobody_listens_nor_of_a_number_without_a_port()
    {
        using var console = new TestConsole(new PortOptions("a", new TestEndpoint()));
        var control = new ControlDriver(console);
        RawPort port = Open(control, console, 1);
        RawPort nobodys = Open(control, console, 2);
        var first = new LatencyListener();
        Send(console, port, 1);
        first.Dispose();
        Assert.False(LatencyMeter.IsOn);
        Send(console, port, 2);
        using var second = new LatencyListener();
        Assert.True(LatencyMeter.IsOn);
        Send(console, port, 3);
        Send(console, nobodys, 4);

        Assert.Equal([1], first.Batches("a", ToHost));
        Assert.Equal([3], second.Batches("a", ToHost));
        Assert.Equal((1, 1), (second.Seconds.Count, second.Buffers.Count));
    }

    [Fact]
    public void A_port_of_the_same_number_is_measured_by_its_own_name()
    {
        using var console = new TestConsole(new PortOptions("a", new TestEndpoint()));
        var control = new ControlDriver(console);
        RawPort port = Open(control, console, 1);
        using var listener = new LatencyListener();
        Send(console, port, 1);

        console.Remove(console.PortOf("a"));
        console.Add(new PortOptions("b", new TestEndpoint()) { Id = 1 });
        Send(console, port, 2);
        Assert.Equal([1], listener.Batches("a", ToHost));
        Assert.Equal([2], listener.Batches("b", ToHost));
    }

    [Fact]
    public void A_driver_that_never_lets_its_ring_run_empty_is_measured_by_laps_of_the_ring()
    {
        const int Ring = 8;
        using var console = new TestConsole(new PortOptions("a", new TestEndpoint()));
        using var listener = new LatencyListener();
        var latency = new TransmitLatency(new PortTags(console.Device, console.PortOf("a"), ToHost), Ring, waitsSince: 0);
        latency.Woken();
        long begin = 0;
        for (int lap = 0; lap < 4; lap++)
        {
            begin = lap == 1 ? MonotonicClock.Now : begin; // What is fetched two laps later was not there.
            for (int batch = 0; batch < Ring / 4; batch++)
            {
                latency.Popped(4, areMore: true, MonotonicClock.Now);
                latency.Given(4);
                latency.Shown();
            }
        }

        long end = MonotonicClock.Now;
        Assert.Equal(8, listener.Took("a", ToHost).Length);
        Assert.True(listener.Took("a", ToHost)[^1] <= (end - begin) / 1e9);
    }

    private static RawPort Open(ControlDriver control, TestConsole console, int id, int receiveCount = 64)
    {
        control.Say((uint)id, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, id, receiveCount, receiveBytes: 64, transmitCount: 128, transmitBytes: 64);
        console.Settle(); // No turn is under way that began before somebody listened.
        return port;
    }

    /// <summary>Sends so many buffers at once.</summary>
    private static void Send(TestConsole console, RawPort port, int buffers)
    {
        for (int i = 0; i < buffers; i++)
        {
            Assert.True(port.TryAdd(new byte[8]));
        }

        port.Transmit.PublishAndKick();
        console.Settle();
    }
}
