using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>Those who wait for the guest to open a port, and for it to take what it was given.</summary>
public sealed class PortWaitersTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task It_is_over_when_the_guest_opens_the_port_and_at_once_when_it_is_open()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        Port port = console.PortOf("a");
        Task[] waiting = [.. Enumerable.Range(0, 10).Select(_ => port.WaitForGuestOpenAsync(Long))];
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        console.Settle();
        Assert.DoesNotContain(waiting, w => w.IsCompleted);

        control.Say(1, ControlEvent.PortOpen);

        await Task.WhenAll(waiting);
        await port.WaitForGuestOpenAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(PortWait.Driver, "driver is not there")]
    [InlineData(PortWait.GuestPort, "has not set the port up")]
    [InlineData(PortWait.Failed, "could not set the port up")]
    [InlineData(PortWait.GuestOpen, "no program in the guest")]
    public async Task When_time_is_over_it_says_what_is_missing(PortWait missing, string words)
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        var control = new ControlDriver(console);
        if (missing != PortWait.Driver)
        {
            control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        }

        if (missing is PortWait.Failed or PortWait.GuestOpen)
        {
            control.Say(1, ControlEvent.PortReady, (ushort)(missing == PortWait.Failed ? 0 : 1));
        }

        console.Settle();
        Port port = console.PortOf("a");
        Assert.Equal(missing, port.Waits);
        TimeoutException over = await Assert.ThrowsAsync<TimeoutException>(() => port.WaitForGuestOpenAsync(Short));
        Assert.Contains(words, over.Message, StringComparison.Ordinal);
        Assert.Contains("1 'a'", over.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_changes_step_by_step()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port port = console.PortOf("a");
        console.OnWorker(() => endpoint.SetOpen(false));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        console.Settle();
        Assert.Equal(PortWait.HostOpen, port.Waits);

        console.OnWorker(() => endpoint.SetOpen(true));
        Assert.Equal(PortWait.Nothing, port.Waits);
    }

    [Fact]
    public async Task Who_gives_up_is_told_so_and_forgotten()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        using var cancel = new CancellationTokenSource();
        Task waiting = console.PortOf("a").WaitForGuestOpenAsync(Timeout.InfiniteTimeSpan, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => console.PortOf("a").WaitForGuestOpenAsync(Long, cancel.Token));
    }

    [Fact]
    public async Task Who_waits_for_a_port_that_goes_hears_of_it()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint), new PortOptions("b", new NullEndpoint()));
        Port port = Receiving(console, endpoint, out _);
        Task taken = port.WaitForAcknowledgementAsync(Timeout.InfiniteTimeSpan);
        Task open = console.PortOf("b").WaitForGuestOpenAsync(Timeout.InfiniteTimeSpan);
        console.Settle();

        console.Remove(port);
        console.Remove(console.PortOf("b"));

        await Assert.ThrowsAsync<ObjectDisposedException>(() => taken);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => open);
    }

    [Fact]
    public async Task It_outlives_a_guest_that_boots_again()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        Task waiting = console.PortOf("a").WaitForGuestOpenAsync(Long);
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        console.Transport.Reset();
        Assert.False(waiting.IsCompleted);

        control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        await waiting;
    }

    [Fact]
    public async Task Bytes_are_acknowledged_when_the_driver_gives_their_buffers_back()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port port = Receiving(console, endpoint, out RawPort raw); // 5000 bytes in two buffers.
        Assert.Equal(5000UL, port.UnacknowledgedBytes);
        Task taken = port.WaitForAcknowledgementAsync(Long);
        Assert.Equal(4096, raw.TryTake(new byte[4096]));
        raw.Receive.PublishAndKick();
        console.Settle();
        Assert.False(taken.IsCompleted);

        Assert.Equal(904, raw.TryTake(new byte[4096]));
        raw.Receive.PublishAndKick();
        await taken;
        Assert.Equal(0UL, port.UnacknowledgedBytes);
    }

    [Fact]
    public async Task Only_what_was_given_before_is_waited_for()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port port = Receiving(console, endpoint, out RawPort raw);
        Task taken = port.WaitForAcknowledgementAsync(Long);
        console.Settle();
        console.OnWorker(() => endpoint.Supply(new byte[100]));
        console.Settle();

        raw.TryTake(new byte[4096]);
        raw.TryTake(new byte[4096]);
        raw.Receive.PublishAndKick();

        await taken;
        Assert.Equal(100UL, port.UnacknowledgedBytes);
    }

    [Fact]
    public async Task With_nothing_given_there_is_nothing_to_wait_for()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        await console.PortOf("a").WaitForAcknowledgementAsync(Long); // No driver, even.

        var control = new ControlDriver(console);
        _ = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortOpen);
        await console.PortOf("a").WaitForAcknowledgementAsync(Long);
    }

    [Fact]
    public async Task When_time_is_over_the_bytes_still_out_are_named()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port port = Receiving(console, endpoint, out _);

        TimeoutException over = await Assert.ThrowsAsync<TimeoutException>(() => port.WaitForAcknowledgementAsync(Short));

        Assert.Contains("5000 bytes", over.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_is_reset_will_never_acknowledge()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port port = Receiving(console, endpoint, out _);
        Task taken = port.WaitForAcknowledgementAsync(Timeout.InfiniteTimeSpan);
        console.Settle();

        console.Transport.Reset();

        await Assert.ThrowsAsync<InvalidOperationException>(() => taken);
        Assert.Equal(0UL, port.UnacknowledgedBytes);
        await port.WaitForAcknowledgementAsync(Long);
    }

    [Fact]
    public async Task A_pause_acknowledges_nothing()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port port = Receiving(console, endpoint, out RawPort raw);
        Task taken = port.WaitForAcknowledgementAsync(Long);
        for (int i = 0; i < 3; i++)
        {
            console.Transport.Stop(4);
            console.Settle();
            console.Transport.Restart(4);
            console.Settle();
        }

        Assert.False(taken.IsCompleted);
        Assert.Equal(5000UL, port.UnacknowledgedBytes);
        raw.TryTake(new byte[4096]);
        raw.TryTake(new byte[4096]);
        raw.Receive.PublishAndKick();
        await taken;
    }

    [Fact]
    public async Task What_the_former_port_of_that_number_left_out_does_not_acknowledge_for_the_next()
    {
        var first = new TestEndpoint();
        var second = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", first));
        ControlDriver control = Receive(console, first, 9000, out RawPort raw);
        console.Remove(console.PortOf("a"));
        Port port = console.Add(new PortOptions("b", second) { Id = 1 });
        Assert.Equal("PortAdd 1 1", control.Heard[^1]);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        console.OnWorker(() => second.Supply(new byte[100]));
        console.Settle();
        Task taken = port.WaitForAcknowledgementAsync(Long);
        console.Settle();
        Assert.False(taken.IsCompleted);

        for (int i = 0; i < 3; i++)
        {
            raw.TryTake(new byte[4096]);
            raw.Receive.PublishAndKick();
            console.Settle();
            Assert.False(taken.IsCompleted);
        }

        raw.TryTake(new byte[4096]);
        raw.Receive.PublishAndKick();

        await taken;
    }

    [Fact]
    public void Long_chains_and_a_waiter_do_not_keep_the_worker()
    {
        // Chains of 16 pieces fill a batch before the ring is empty.
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console);
        var raw = new RawPort(console.Transport, 1, receiveCount: 256, receiveBytes: 64, pieces: 16);
        control.Say(1, ControlEvent.PortOpen);
        console.OnWorker(() => endpoint.Supply(new byte[10]));
        console.Settle();
        Task taken = console.PortOf("a").WaitForAcknowledgementAsync(Long);
        console.Settle();
        Assert.False(taken.IsCompleted);

        Assert.Equal(10, raw.TryTake(new byte[64]));
        raw.Receive.PublishAndKick();
        console.OnWorker(() => endpoint.Supply(new byte[200 * 64])); // What is held must go before more can be seen.
        Eventually.Is(
            () =>
            {
                while (raw.TryTake(new byte[64]) >= 0)
                {
                }

                raw.Receive.PublishAndKick();
                return taken.IsCompletedSuccessfully;
            },
            "acknowledgement");
    }

    /// <summary>A port that has given 5000 bytes to a guest that took none.</summary>
    private static Port Receiving(TestConsole console, TestEndpoint endpoint, out RawPort raw)
    {
        Receive(console, endpoint, 5000, out raw);
        return console.Device.Ports[1];
    }

    private static ControlDriver Receive(TestConsole console, TestEndpoint endpoint, int bytes, out RawPort raw)
    {
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        raw = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        console.OnWorker(() => endpoint.Supply(new byte[bytes]));
        console.Settle();
        return control;
    }
}
