namespace FastRing.Console.Tests;

/// <summary>What a guest sends while nobody is there on the host's side.</summary>
public sealed class HostClosedPolicyTests
{
    [Fact]
    public void Held_it_stays_in_the_guests_buffers_until_somebody_comes()
    {
        using TestConsole console = Closed(HostClosedPolicy.Hold, isConsole: false, out TestEndpoint endpoint, out RawPort port);

        Send(port, "held"u8);
        console.Settle();
        Assert.Equal((0, 1), (port.Reclaim(), port.InFlight));
        Assert.Equal(0, endpoint.Writes);

        console.OnWorker(() => endpoint.SetOpen(true));
        console.Settle();
        Assert.Equal("held"u8.ToArray(), endpoint.Taken);
        Assert.Equal(1, port.Reclaim());
    }

    [Theory]
    [InlineData(HostClosedPolicy.Discard, false)]
    [InlineData(HostClosedPolicy.Discard, true)]
    [InlineData(HostClosedPolicy.Hold, true)] // A console's driver spins until its buffer returns.
    public void Discarded_it_returns_at_once_and_is_counted(HostClosedPolicy policy, bool isConsole)
    {
        using TestConsole console = Closed(policy, isConsole, out TestEndpoint endpoint, out RawPort port);

        Send(port, "gone"u8);
        console.Settle();
        Assert.Equal(1, port.Reclaim());
        Assert.Equal(4UL, console.PortOf("a").Counters.BytesDiscarded);

        console.OnWorker(() => endpoint.SetOpen(true));
        Send(port, "here"u8);
        console.Settle();
        Assert.Equal("here"u8.ToArray(), endpoint.Taken);
        Assert.Equal(4UL, console.PortOf("a").Counters.BytesToHost);
    }

    [Fact]
    public void What_is_held_when_the_queue_stops_is_there_when_it_starts_again()
    {
        using TestConsole console = Closed(HostClosedPolicy.Hold, isConsole: false, out TestEndpoint endpoint, out RawPort port);
        Send(port, "held"u8);

        console.Transport.Stop(5);
        console.OnWorker(() => endpoint.SetOpen(true));
        console.Transport.Restart(5);
        console.Settle();

        Assert.Equal("held"u8.ToArray(), endpoint.Taken);
    }

    private static TestConsole Closed(HostClosedPolicy policy, bool isConsole, out TestEndpoint endpoint, out RawPort port)
    {
        var made = new TestEndpoint();
        var console = new TestConsole(new PortOptions("a", made, isConsole) { WhenHostClosed = policy });
        console.OnWorker(() => made.SetOpen(false));
        port = new RawPort(console.Transport, console.PortOf("a").Id);
        endpoint = made;
        return console;
    }

    private static void Send(RawPort port, ReadOnlySpan<byte> bytes)
    {
        Assert.True(port.TryAdd(bytes));
        port.Transmit.PublishAndKick();
    }
}
