using FastRing.Spec;

namespace FastRing.EndToEnd.Migration;

[Collection(nameof(Alone))]
public sealed class LiveMigrationTests
{
    private const int Moves = 100;

    [Theory]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.InOrder)]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.InOrder)]
    [InlineData(0)]
    public void A_hundred_migrations_under_load_lose_nothing_double_nothing_and_miss_no_page(ulong ring)
    {
        const ulong Others = VirtioFeatures.RingPacked | VirtioFeatures.InOrder;
        using var journey = new Journey((~0UL & ~Others) | ring);
        int largest = 0;
        for (int move = 0; move < Moves; move++)
        {
            largest = Math.Max(largest, journey.Move().StateBytes);
        }

        journey.End();
        (long marked, long changed) = journey.Pages;
        (long written, long read) = journey.Streams;
        TestContext.Current.SendDiagnosticMessage($"{Moves} moves: {written} bytes sent, {read} got, {journey.PartlyTaken} stops within a chain, {marked} pages marked, {changed} changed, state {largest} bytes");
        Assert.Equal(0, journey.ControlMessages); // The host's end was open at every station.
        Assert.InRange(journey.PartlyTaken, Moves / 2, Moves);
        Assert.InRange(written, 1_000_000, long.MaxValue);
        Assert.InRange(read, 1_000_000, long.MaxValue);
        Assert.InRange(changed, 1, marked);
        Assert.InRange(marked, changed, (2 * changed) - 1);
        Assert.InRange(largest, 1, 10_000);
    }
}
