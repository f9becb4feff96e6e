using System.Diagnostics;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>What passes a limited port, against the clock: time is an upper bound, so a slow machine fails nothing.</summary>
public sealed class RateLimitTests
{
    private const double BurstSeconds = 0.02;

    [Theory]
    [InlineData(1_000_000, 4096, 250_000)]
    [InlineData(200_000, 100, 50_000)]
    [InlineData(2_000_000, 60_000, 500_000)]
    public void No_more_bytes_pass_to_the_host_than_the_limit_says(long limit, int buffer, long enough)
    {
        var endpoint = new TestEndpoint { KeepsBytes = false };
        using var console = new TestConsole(Limited(endpoint, toHost: new RateLimit(BytesPerSecond: limit)));
        var port = new RawPort(console.Transport, 1, transmitCount: 64, transmitBytes: buffer);
        long start = Stopwatch.GetTimestamp();

        Eventually.Is(
            () =>
            {
                Flood(port, buffer);
                AssertWithin(limit, endpoint.TakenBytes, start, buffer);
                return endpoint.TakenBytes >= enough;
            },
            "enough bytes");
    }

    [Theory]
    [InlineData(1000, 200)]
    [InlineData(10, 4)]
    public void No_more_messages_pass_to_the_host_than_the_limit_says(long limit, long enough)
    {
        var endpoint = new TestEndpoint { KeepsBytes = false };
        using var console = new TestConsole(Limited(endpoint, toHost: new RateLimit(MessagesPerSecond: limit)));
        var port = new RawPort(console.Transport, 1);
        long start = Stopwatch.GetTimestamp();

        Eventually.Is(
            () =>
            {
                Flood(port, 10);
                AssertWithin(limit, endpoint.TakenBytes / 10, start, 1);
                return endpoint.TakenBytes / 10 >= enough;
            },
            "enough messages");
    }

    [Theory]
    [InlineData(500_000, 0, 150_000)]
    [InlineData(0, 500, 100 * 512)]
    public void No_more_passes_to_the_guest_than_the_limit_says(long bytes, long messages, long enough)
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(Limited(endpoint, toGuest: new RateLimit(bytes, messages)));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        long start = Stopwatch.GetTimestamp();
        var port = new RawPort(console.Transport, 1, receiveCount: 64, receiveBytes: 512);
        console.OnWorker(() => endpoint.Supply(new byte[enough + 100_000]));

        long got = 0;
        long buffers = 0;
        var room = new byte[512];
        Eventually.Is(
            () =>
            {
                for (int length = port.TryTake(room); length >= 0; length = port.TryTake(room))
                {
                    got += length;
                    buffers++;
                }

                port.Receive.PublishAndKick();
                if (bytes > 0)
                {
                    AssertWithin(bytes, got, start, 512);
                }
                else
                {
                    AssertWithin(messages, buffers, start, 1);
                }

                return got >= enough;
            },
            "enough bytes");
    }

    [Fact]
    public void A_slow_way_does_not_slow_the_other()
    {
        // One byte a second to the host: what it does next is hours away.
        var endpoint = new TestEndpoint { KeepsBytes = false };
        using var console = new TestConsole(Limited(endpoint, new RateLimit(BytesPerSecond: 1), new RateLimit(BytesPerSecond: 500_000)));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, receiveCount: 256);
        Flood(port, 4096);
        console.Settle();
        Assert.InRange(endpoint.TakenBytes, 1, 8192);

        console.OnWorker(() => endpoint.Supply(new byte[800_000]));

        Eventually.Is(() => console.PortOf("a").Counters.BytesToGuest == 800_000, "all bytes to the guest");
    }

    [Fact]
    public async Task A_limit_that_is_lifted_no_longer_counts()
    {
        var endpoint = new TestEndpoint { KeepsBytes = false };
        using var console = new TestConsole(Limited(endpoint, toHost: new RateLimit(BytesPerSecond: 1)));
        var port = new RawPort(console.Transport, 1);
        Flood(port, 4096);
        console.Settle();
        Assert.InRange(endpoint.TakenBytes, 1, 8192);
        Port limited = console.PortOf("a");

        await limited.SetLimitsAsync(new PortLimits(ToHost: new RateLimit(BytesPerSecond: 1_000_000)));
        Eventually.Is(() => endpoint.TakenBytes == 64 * 4096, "the rest, within a higher limit");
        Assert.Equal(1_000_000, limited.Limits.ToHost.BytesPerSecond);

        await limited.SetLimitsAsync(new PortLimits(ToHost: new RateLimit(BytesPerSecond: 1)));
        Flood(port, 4096);
        console.Settle();
        await limited.SetLimitsAsync(PortLimits.None);
        Eventually.Is(() => endpoint.TakenBytes == 128 * 4096, "the rest, without one");
    }

    [Fact]
    public void What_is_discarded_does_not_count()
    {
        var endpoint = new TestEndpoint();
        PortOptions options = Limited(endpoint, toHost: new RateLimit(MessagesPerSecond: 1)) with { WhenHostClosed = HostClosedPolicy.Discard };
        using var console = new TestConsole(options);
        console.OnWorker(() => endpoint.SetOpen(false));
        var port = new RawPort(console.Transport, 1);
        for (int i = 0; i < 50; i++)
        {
            Flood(port, 100);
            console.Settle();
        }

        Assert.True(console.PortOf("a").Counters.BytesDiscarded > 100_000);
        console.OnWorker(() => endpoint.SetOpen(true));
        Flood(port, 100);

        Eventually.Is(() => endpoint.TakenBytes >= 100, "a message");
    }

    [Fact]
    public void A_consoles_output_is_never_held_back()
    {
        var endpoint = new TestEndpoint();
        var limits = new PortLimits(new RateLimit(BytesPerSecond: 1, MessagesPerSecond: 1));
        using var console = new TestConsole(new PortOptions("", endpoint, IsConsole: true) { Limits = limits });
        var port = new RawPort(console.Transport, 0);

        for (int i = 0; i < 20; i++)
        {
            Flood(port, 4096);
            console.Settle();
            port.Reclaim();
            Assert.Equal(0, port.InFlight);
        }

        Assert.Equal(20 * 64 * 4096, endpoint.TakenBytes);
    }

    [Fact]
    public void Empty_messages_do_not_stop_those_behind_them()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(Limited(endpoint, toHost: new RateLimit(MessagesPerSecond: 200)));
        var port = new RawPort(console.Transport, 1);
        for (int i = 0; i < 30; i++)
        {
            Assert.True(port.Transmit.Ring.TryAdd([new Queues.DriverBuffer(new(4096), 0)], [], 100));
        }

        Assert.True(port.Transmit.Ring.TryAdd([new Queues.DriverBuffer(new(4096), 5)], [], 101));
        port.Transmit.PublishAndKick();

        Eventually.Is(() => endpoint.TakenBytes == 5, "the message behind");
    }

    private static PortOptions Limited(IHostEndpoint endpoint, RateLimit toHost = default, RateLimit toGuest = default) =>
        new("a", endpoint) { Limits = new PortLimits(toHost, toGuest) };

    private static void Flood(RawPort port, int bytes)
    {
        port.Reclaim();
        while (port.TryAdd(new byte[bytes]))
        {
        }

        port.Transmit.PublishAndKick();
    }

    /// <summary>The count was read before the clock is.</summary>
    private static void AssertWithin(long perSecond, long passed, long start, long buffer)
    {
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.True(passed <= (perSecond * (seconds + BurstSeconds)) + buffer, $"{passed} passed in {seconds} s");
    }
}
