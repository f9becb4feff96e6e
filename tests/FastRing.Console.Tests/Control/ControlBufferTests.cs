using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Control;

/// <summary>Drivers that are short of control buffers, or have bad ones.</summary>
public sealed class ControlBufferTests
{
    private static readonly string[] Names = [.. Enumerable.Range(1, 20).Select(i => $"port{i}")];

    [Fact]
    public void Nothing_is_lost_when_buffers_come_one_at_a_time()
    {
        using var console = new TestConsole([.. Names.Select(n => new PortOptions(n, new NullEndpoint()))]);
        var control = new ControlDriver(console, buffers: 0);

        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        for (uint id = 1; id <= Names.Length; id++)
        {
            control.Say(id, ControlEvent.PortReady);
        }

        Assert.Empty(control.Heard);
        for (int i = 0; i < 3 * Names.Length; i++)
        {
            control.Offer();
            Assert.Equal(i + 1, control.Heard.Count);
        }

        control.Offer();
        IEnumerable<string> Told(string name, int i) => [$"PortAdd {i + 1} 1", $"PortName {i + 1} 1 {name}", $"PortOpen {i + 1} 1"];
        Assert.Equal(Names.SelectMany(Told), control.Heard);
    }

    [Fact]
    public void A_host_that_comes_and_goes_unheard_is_told_as_it_is_at_last()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console, buffers: 2);
        control.Say(1, ControlEvent.PortReady);
        control.Forget();

        for (int i = 0; i < 1001; i++)
        {
            console.OnWorker(() => endpoint.SetOpen(!endpoint.IsOpen));
        }

        control.Offer();
        control.Offer();

        Assert.Equal(["PortOpen 1 0"], control.Heard);
    }

    [Fact]
    public void A_host_that_is_back_where_it_was_is_no_news()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint) { WhenClientLeaves = DisconnectPolicy.Keep });
        var control = new ControlDriver(console, buffers: 2);
        control.Say(1, ControlEvent.PortReady);
        control.Forget();

        console.OnWorker(() => endpoint.SetOpen(false));
        console.Settle();
        console.OnWorker(() => endpoint.SetOpen(true));
        control.Offer();

        Assert.Empty(control.Heard);
    }

    [Fact]
    public void With_buffers_every_change_is_told()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(1, ControlEvent.PortReady);
        control.Forget();

        for (int i = 0; i < 4; i++)
        {
            console.OnWorker(() => endpoint.SetOpen(!endpoint.IsOpen));
            Assert.Equal(i + 1, control.Heard.Count);
        }

        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1", "PortOpen 1 0", "PortOpen 1 1"], control.Heard);
    }

    [Theory]
    [InlineData(ControlEvent.DeviceReady, ControlMessage.NoPort)]
    [InlineData(ControlEvent.PortReady, 1U)]
    public void A_flood_that_is_not_listened_to_costs_no_memory(ControlEvent what, uint port)
    {
        using var console = new TestConsole([.. Names.Select(n => new PortOptions(n, new NullEndpoint()))]);
        var control = new ControlDriver(console, buffers: 0);
        for (int i = 0; i < 1000; i++)
        {
            control.Say(port, what);
        }

        long before = AllocatedByWorker(console);
        for (int i = 0; i < 100_000; i++)
        {
            control.Say(port, what);
        }

        Assert.InRange(AllocatedByWorker(console) - before, 0, 1024); // Measuring allocates, too.
        Assert.Equal(101_000UL, console.Device.Counters.ControlReceived);
    }

    [Fact]
    public void A_name_that_does_not_fit_is_skipped()
    {
        using var console = new TestConsole(new PortOptions("long.name.0", new NullEndpoint()));
        var control = new ControlDriver(console, buffers: 0);
        control.Offer(18); // One byte too small for the name, which comes first.
        control.Offer(8);

        control.Say(1, ControlEvent.PortReady);

        Assert.Equal(["0 bytes", "PortOpen 1 1"], control.Heard);
        Assert.Equal((1UL, 1UL), (console.Device.Counters.ControlBuffersTooSmall, console.Device.Counters.ControlSent));
    }

    [Fact]
    public void A_name_fits_a_buffer_of_exactly_its_size()
    {
        using var console = new TestConsole(new PortOptions("long.name.0", new NullEndpoint()));
        var control = new ControlDriver(console, buffers: 0);
        control.Offer(19);
        control.Offer(8);

        control.Say(1, ControlEvent.PortReady);

        Assert.Equal(["PortName 1 1 long.name.0", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void A_buffer_too_small_for_any_message_goes_back_empty()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        var control = new ControlDriver(console, buffers: 0);
        control.Offer(7);
        control.Offer();

        control.Say(1, ControlEvent.PortReady);

        Assert.Equal(["0 bytes", "PortOpen 1 1"], control.Heard);
    }

    [Fact]
    public void A_message_is_scattered_over_the_pieces_of_its_buffer()
    {
        using var console = new TestConsole(new PortOptions("split.name", new NullEndpoint()));
        var control = new ControlDriver(console, buffers: 0);
        var ring = console.Transport[QueueMap.ControlReceive].Driver;
        var start = console.Transport.Allocate(64);
        ulong[] offsets = [0, 3, 6, 9, 12, 15];
        Queues.DriverBuffer[] pieces = [.. offsets.Select(at => new Queues.DriverBuffer(new(start.Value + at), 3))];
        Assert.True(ring.Ring.TryAdd([], pieces, 0));
        ring.PublishAndKick();

        control.Say(1, ControlEvent.PortReady);
        console.Settle();

        Assert.True(ring.Ring.TryTakeUsed(out Queues.UsedBuffer used));
        Assert.Equal(18U, used.Written);
        Assert.Equal("PortName 1 1 split.name", ControlDriver.Describe(console.Transport.Memory.Window(start, 18).Span.ToArray()));
    }

    [Fact]
    public void What_was_pending_for_a_driver_that_is_gone_is_not_told_to_the_next()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var gone = new ControlDriver(console, buffers: 0);
        gone.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        gone.Say(1, ControlEvent.PortReady);
        gone.Say(1, ControlEvent.PortOpen);

        console.Transport.Reset();
        Assert.False(console.PortOf("a").IsGuestOpen);
        Assert.Equal([true, false], endpoint.GuestOpens);
        var next = new ControlDriver(console);
        console.OnWorker(() => endpoint.SetOpen(false));
        console.OnWorker(() => endpoint.SetOpen(true));

        Assert.Empty(next.Heard);
    }

    private static long AllocatedByWorker(TestConsole console)
    {
        long bytes = 0;
        console.OnWorker(() => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }
}
