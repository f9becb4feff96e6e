using FastRing.Memory;
using Xunit;

namespace FastRing.Tests.Memory;

public class RegionWindowTests
{
    private const ulong Page = 4096;

    [Fact]
    public void An_empty_window_translates_nothing()
    {
        RegionWindow window = default;
        Assert.False(window.TryTranslate(0, 0, out _));
        Assert.False(window.TryTranslate(0, 1, out _));
        Assert.False(window.TryTranslate(ulong.MaxValue, 1, out _));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL << 32)]
    [InlineData(ulong.MaxValue - (2 * Page) + 1)]
    public void A_window_agrees_with_the_map(ulong start)
    {
        using TestGuest guest = new((start, 2 * Page));
        RegionWindow window = default;
        window.Remember(guest.Memory.Regions[0]);
        foreach (ulong offset in new ulong[] { 0, 1, Page, (2 * Page) - 1, 2 * Page, ulong.MaxValue, 1UL << 63 })
        {
            foreach (uint length in new uint[] { 1, 2, (uint)Page, 2 * (uint)Page, uint.MaxValue })
            {
                ulong address = unchecked(start + offset);
                bool expected = guest.Memory.TryTranslate(new GuestAddress(address), length, out nint host);
                Assert.Equal(expected, window.TryTranslate(address, length, out nint found));
                Assert.True(!expected || host == found);
            }
        }
    }
}
