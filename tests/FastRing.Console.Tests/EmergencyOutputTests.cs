using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests;

/// <summary>What a guest prints before it has any queue.</summary>
public sealed class EmergencyOutputTests
{
    [Fact]
    public void A_byte_goes_to_the_first_console_before_any_queue_runs()
    {
        var first = new TestEndpoint();
        var second = new TestEndpoint();
        using var console = new TestConsole(
            new PortOptions("a", new NullEndpoint()), new PortOptions("c", first, true), new PortOptions("d", second, true));

        Write(console, ConsoleConfig.EmergencyWriteOffset, (byte)'!', 0, 0, 0);
        Write(console, ConsoleConfig.EmergencyWriteOffset, (byte)'?');

        Assert.Equal("!?"u8.ToArray(), first.Taken);
        Assert.Empty(second.Taken);
        Assert.Equal(2UL, console.Device.Counters.EmergencyBytes);
    }

    [Fact]
    public void A_frontend_that_writes_the_whole_space_at_each_access_is_understood()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("", endpoint, true));

        Write(console, 0, [80, 0, 25, 0, 1, 0, 0, 0, (byte)'x', 0, 0, 0]);
        Write(console, 0, [1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]); // A write to another field, which is read-only.

        Assert.Equal("x"u8.ToArray(), endpoint.Taken);
        var config = new byte[12];
        console.OnWorker(() => console.Device.ReadConfig(0, config));
        Assert.Equal([0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0], config);
    }

    [Theory]
    [InlineData(0, new byte[] { 1, 2, 3, 4 })]
    [InlineData(4, new byte[] { 1, 2, 3, 4 })]
    [InlineData(8, new byte[] { 0 })]
    [InlineData(8, new byte[] { 0, 0, 0, 0 })]
    [InlineData(9, new byte[] { 1, 1, 1 })]
    public void Nothing_is_nothing(int offset, byte[] bytes)
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("", endpoint, true));

        Write(console, offset, bytes);

        Assert.Empty(endpoint.Taken);
        Assert.Equal((0UL, 0UL), (console.Device.Counters.EmergencyBytes, console.Device.Counters.EmergencyBytesDiscarded));
    }

    [Fact]
    public void Without_a_console_or_a_reader_it_is_counted_and_gone()
    {
        using var none = new TestConsole(new PortOptions("a", new NullEndpoint()));
        Write(none, 8, 65);
        Assert.Equal(1UL, none.Device.Counters.EmergencyBytesDiscarded);

        var endpoint = new TestEndpoint();
        using var closed = new TestConsole(new PortOptions("", endpoint, true));
        closed.OnWorker(() => endpoint.SetOpen(false));
        Write(closed, 8, 65);
        closed.OnWorker(() => endpoint.SetOpen(true));
        closed.Settle();
        Assert.Empty(endpoint.Taken);
        Assert.Equal(1UL, closed.Device.Counters.EmergencyBytesDiscarded);
    }

    [Fact]
    public void A_device_that_does_not_offer_it_ignores_it()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new ConsoleOptions { EmergencyWrite = false, Ports = [new("", endpoint, true)] });

        Write(console, 8, 65);

        Assert.Empty(endpoint.Taken);
        Assert.Equal(0UL, console.Device.Features & ConsoleFeatures.EmergencyWrite);
    }

    [Fact]
    public void A_flood_is_bounded_and_leaves_no_debt_behind()
    {
        const int Flood = 3_000_000; // 45 seconds' worth.
        var endpoint = new TestEndpoint { KeepsBytes = false };
        using var console = new TestConsole(new PortOptions("", endpoint, true));
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        console.OnWorker(() =>
        {
            for (int i = 0; i < Flood; i++)
            {
                console.Device.WriteConfig(8, [65]);
            }
        });
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;

        ulong written = console.Device.Counters.EmergencyBytes;
        Assert.InRange(written, 1UL, (ulong)(64 * 1024 * (seconds + 0.02)) + 1);
        Assert.Equal((ulong)Flood, written + console.Device.Counters.EmergencyBytesDiscarded);
        Eventually.Is(
            () =>
            {
                Thread.Sleep(1); // 65 bytes' worth; of what was discarded, nothing is paid for.
                Write(console, 8, 66);
                return console.Device.Counters.EmergencyBytes > written + 10;
            },
            "output after the flood");
    }

    [Fact]
    public void An_endpoint_that_works_in_place_is_not_left_with_a_byte_that_is_no_guest_buffer()
    {
        var endpoint = new TestEndpoint { Room = 0 };
        using var console = new TestConsole(new PortOptions("", endpoint, true));
        int gone = 0;
        endpoint.OnBuffersGone = () => gone++;

        Write(console, 8, 65);

        Assert.Equal((1, 1), (endpoint.Writes, gone));
        Assert.Equal(1UL, console.Device.Counters.EmergencyBytesDiscarded);
    }

    private static void Write(TestConsole console, int offset, params byte[] bytes) =>
        console.OnWorker(() => console.Device.WriteConfig(offset, bytes));
}
