using FastRing.Console.Driver;
using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Endpoints;

/// <summary>A port that only remembers.</summary>
public sealed class RingEndpointTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(70_000)]
    public void It_remembers_the_last_bytes_and_how_many_were_before_them(int written)
    {
        const int Size = 1000;
        var ring = new RingEndpoint(Size);
        using var console = new TestConsole(new PortOptions("a", ring));
        console.StartDriver();
        console.Write(console.Open("a"), Pattern.Bytes(0, written));
        Eventually.Is(() => console.PortOf("a").Counters.BytesToHost == (ulong)written, "all written");

        Scrollback seen = ring.Snapshot();

        Assert.Equal(Math.Min(Size, written), seen.Bytes.Length);
        Assert.Equal((ulong)Math.Max(0, written - Size), seen.Dropped);
        Pattern.AssertIs(seen.Bytes.Span, (long)seen.Dropped);
    }

    [Fact]
    public void What_one_guest_wrote_is_there_after_its_reset()
    {
        var ring = new RingEndpoint();
        using var console = new TestConsole(new PortOptions("a", ring));
        console.StartDriver();
        console.Write(console.Open("a"), "last words"u8);
        console.Settle();
        console.Transport.Reset();
        console.StartDriver();
        DriverPort port = console.Open("a");
        console.Write(port, ", first words"u8);
        console.Settle();

        Assert.Equal("last words, first words"u8.ToArray(), ring.Snapshot().Bytes.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(RingEndpoint.LargestSize + 1)]
    public void A_size_out_of_range_is_refused(int size) => Assert.Throws<ArgumentOutOfRangeException>(() => new RingEndpoint(size));
}
