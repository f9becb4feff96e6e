using FastRing.Interop;
using FastRing.Memory;
using Xunit;

namespace FastRing.Tests.Memory;

public class GuestMemoryTests
{
    private const ulong Page = 4096;
    private const ulong GiB = 1UL << 30;

    [Theory]
    [InlineData(0UL)]
    [InlineData(0x1000UL)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue - (4 * Page) + 1)]
    public void Ranges_are_translated_exactly_inside_a_region(ulong start)
    {
        const ulong Size = 4 * Page;
        using TestGuest guest = new((start, Size));
        GuestMemory memory = guest.Memory;
        nint host = memory.Window(new GuestAddress(start), 1).Address;

        foreach (ulong offset in new ulong[] { 0, 1, Page, Size - 1 })
        {
            ulong rest = Size - offset;
            foreach (ulong length in new ulong[] { 0, 1, 2, rest - 1, rest, rest + 1, Size, ulong.MaxValue, ulong.MaxValue - start })
            {
                bool expected = (UInt128)offset + length <= Size;
                Assert.Equal(expected, memory.TryTranslate(new GuestAddress(start + offset), length, out nint found));
                Assert.Equal(expected ? host + (nint)offset : 0, found);
            }
        }

        Assert.False(memory.TryTranslate(new GuestAddress(unchecked(start - 1)), 1, out _));
        Assert.False(memory.TryTranslate(new GuestAddress(unchecked(start - 1)), 0, out _));
        Assert.False(memory.TryTranslate(new GuestAddress(unchecked(start + Size)), 1, out _));
        Assert.False(memory.TryTranslate(new GuestAddress(unchecked(start + Size)), 0, out _));
    }

    [Fact]
    public void Translation_agrees_with_wide_arithmetic_over_the_whole_address_space()
    {
        (ulong Guest, ulong Size)[] regions =
            [(0, 2 * Page), (2 * Page, Page), (8 * Page, Page), (1UL << 63, 3 * Page), (ulong.MaxValue - Page + 1, Page)];
        using TestGuest guest = new(regions);
        ulong[] edges = [.. regions.SelectMany(r => new[] { r.Guest, r.Guest + r.Size }), 5 * Page, 1UL << 62];
        var addresses = edges.SelectMany(e => new[] { e - 2, e - 1, e, e + 1 }).ToArray();
        ulong[] lengths = [0, 1, 2, 16, Page, 2 * Page, 3 * Page, uint.MaxValue, 1UL << 32, 1UL << 63, ulong.MaxValue];
        foreach (ulong address in addresses)
        {
            foreach (ulong length in lengths)
            {
                bool expected = regions.Any(r => address >= r.Guest && (UInt128)address < (UInt128)r.Guest + r.Size
                    && (UInt128)address + length <= (UInt128)r.Guest + r.Size);
                Assert.Equal(expected, guest.Memory.TryTranslate(new GuestAddress(address), length, out _));
            }
        }
    }

    [Fact]
    public void A_region_of_six_gigabytes_is_reached_everywhere()
    {
        using TestGuest guest = new((GiB, 6 * GiB));
        ulong[] places = [0, 2 * GiB - 4, 2 * GiB, 4 * GiB - 4, 4 * GiB, 5 * GiB, 6 * GiB - 4];
        foreach (ulong place in places)
        {
            guest.Write32(GiB + place, (uint)(place >> 4) + 7);
        }

        nint host = guest.Memory.Window(new GuestAddress(GiB), 1).Address;
        foreach (ulong place in places)
        {
            Assert.Equal((uint)(place >> 4) + 7, guest.Read32(GiB + place));
            Assert.True(guest.Memory.TryTranslate(new GuestAddress(GiB + place), 4, out nint found));
            Assert.Equal((long)place, found - host);
        }

        Assert.Equal(6 * GiB, (ulong)guest.Memory.Window(new GuestAddress(GiB), 6 * GiB).Length);
        Assert.Equal(0U, guest.Read32(GiB + (3 * GiB)));
    }

    [Fact]
    public void Adjacent_regions_are_one_range_for_pieces_but_not_for_translation()
    {
        using TestGuest guest = new((0x10000, Page), (0x11000, Page));
        GuestMemory memory = guest.Memory;

        Assert.False(memory.TryTranslate(new GuestAddress(0x10ffe), 4, out _));
        IoVector first = memory.FirstPiece(new GuestAddress(0x10ffe), 4);
        IoVector second = memory.FirstPiece(new GuestAddress(0x11000), 2);

        Assert.Equal((nuint)2, first.Length);
        Assert.Equal((nuint)2, second.Length);
        Assert.Equal(memory.Window(new GuestAddress(0x10ffe), 2).Address, first.Address);
        Assert.NotEqual(first.Address + 2, second.Address);
    }

    [Fact]
    public void A_hole_of_one_byte_is_a_hole()
    {
        using TestGuest guest = new((0x10000, Page - 1), (0x11000, Page));
        Assert.Equal((nuint)1, guest.Memory.FirstPiece(new GuestAddress(0x10ffe), 4).Length);
        Assert.Equal((nuint)0, guest.Memory.FirstPiece(new GuestAddress(0x10fff), 3).Length);
        Assert.False(guest.Memory.TryTranslate(new GuestAddress(0x10fff), 1, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => guest.Memory.Window(new GuestAddress(0x10ffe), 2));
    }

    [Theory]
    [InlineData(0x10000UL, 0x11000UL, 0x0UL, 0x1000UL, false)]
    [InlineData(0x10000UL, 0x10fffUL, 0x0UL, 0x1000UL, true)] // last guest byte shared
    [InlineData(0x10000UL, 0x11000UL, 0x0UL, 0x0fffUL, true)] // last frontend byte shared
    [InlineData(0x10000UL, 0x10000UL, 0x0UL, 0x1000UL, true)]
    [InlineData(0x10000UL, 0x11000UL, 0x0UL, 0x0UL, true)]
    [InlineData(ulong.MaxValue - 0xfff, 0x0UL, 0x0UL, 0x1000UL, false)] // one at each end
    public void Overlapping_regions_are_refused(ulong guest1, ulong guest2, ulong frontend1, ulong frontend2, bool overlap)
    {
        GuestRegion first = TestGuest.Region(guest1, Page, frontend1);
        GuestRegion second = TestGuest.Region(guest2, Page, frontend2);
        foreach ((GuestRegion a, GuestRegion b) in new[] { (first, second), (second, first) })
        {
            if (overlap)
            {
                Assert.Throws<ArgumentException>(() => new GuestMemory(a, b));
            }
            else
            {
                Assert.Equal(2, new GuestMemory(a, b).Regions.Length);
            }
        }

        if (overlap)
        {
            string file = ProcessMaps.FileAt(first.HostBase);
            first.Dispose();
            Assert.False(ProcessMaps.Contains(file));
        }

        second.Dispose();
    }

    [Theory]
    [InlineData(ulong.MaxValue - Page + 2, 0UL)]
    [InlineData(ulong.MaxValue, 0UL)]
    [InlineData(0UL, ulong.MaxValue - Page + 2)]
    [InlineData(0UL, ulong.MaxValue)]
    public void A_region_that_wraps_around_is_refused(ulong guest, ulong frontend) =>
        Assert.Throws<ArgumentException>(() => TestGuest.Region(guest, Page, frontend));

    [Fact]
    public void A_region_longer_than_its_file_is_refused()
    {
        using OwnedFd file = MemFd.Create("guest", 2 * Page);
        Assert.Throws<ArgumentException>(() => GuestRegion.Map(file, 0, (2 * Page) + 1, default, default));
        Assert.Throws<ArgumentException>(() => GuestRegion.Map(file, Page, Page + 1, default, default));
        Assert.Throws<ArgumentException>(() => GuestRegion.Map(file, 0, 0, default, default));
        Assert.Throws<ArgumentException>(() => GuestRegion.Map(file, ulong.MaxValue - Page + 1, 2 * Page, default, default));
    }

    [Fact]
    public void Frontend_addresses_have_a_map_of_their_own()
    {
        // Crossed: the region that is lower for the guest is higher for the frontend.
        GuestRegion low = TestGuest.Region(0x0, 2 * Page, 0x7f00_0000_5000);
        GuestRegion high = TestGuest.Region(0x10_0000, Page, 0x7f00_0000_0000);
        using var memory = new GuestMemory(low, high);

        Assert.True(memory.TryToGuest(new FrontendAddress(0x7f00_0000_6010), 0xff0, out GuestAddress inLow));
        Assert.Equal(new GuestAddress(0x1010), inLow);
        Assert.True(memory.TryToGuest(new FrontendAddress(0x7f00_0000_0000), Page, out GuestAddress inHigh));
        Assert.Equal(new GuestAddress(0x10_0000), inHigh);
        Assert.False(memory.TryToGuest(new FrontendAddress(0x7f00_0000_6010), 0xff1, out _));
        Assert.False(memory.TryToGuest(new FrontendAddress(0x7f00_0000_1000), 1, out _));
        Assert.False(memory.TryToGuest(new FrontendAddress(0x7f00_0000_4fff), 1, out _));
        Assert.False(memory.TryToGuest(new FrontendAddress(0x10_0000), 1, out _));
        Assert.False(memory.TryToGuest(new FrontendAddress(0x7f00_0000_5000), ulong.MaxValue, out _));
    }

    [Fact]
    public void A_frontend_range_at_the_end_of_its_address_space_is_found()
    {
        using var memory = new GuestMemory(TestGuest.Region(0, Page, ulong.MaxValue - Page + 1));
        Assert.True(memory.TryToGuest(new FrontendAddress(ulong.MaxValue), 1, out GuestAddress last));
        Assert.Equal(new GuestAddress(Page - 1), last);
        Assert.False(memory.TryToGuest(new FrontendAddress(ulong.MaxValue), 2, out _));
        Assert.False(memory.TryToGuest(new FrontendAddress(0), 1, out _));
    }

    [Fact]
    public void A_mapping_lives_until_the_last_hold_ends()
    {
        GuestMemory memory = new(TestGuest.Region(0, Page));
        string file = ProcessMaps.FileAt(memory.Window(default, 1).Address);
        GuestMemory held = memory.Hold();
        memory.Hold();

        memory.Dispose();
        memory.Dispose();
        Assert.True(ProcessMaps.Contains(file));
        held.Window(default, 1).Span[0] = 7;

        held.Dispose();
        Assert.False(ProcessMaps.Contains(file));
        Assert.Throws<ObjectDisposedException>(() => memory.Hold());
    }

    [Fact]
    public void A_region_shared_by_two_maps_lives_until_both_are_gone()
    {
        GuestRegion stays = TestGuest.Region(0, Page);
        GuestRegion goes = TestGuest.Region(Page, Page);
        string staying = ProcessMaps.FileAt(stays.HostBase);
        string going = ProcessMaps.FileAt(goes.HostBase);
        GuestMemory before = new(stays, goes);
        GuestMemory after = new(stays);

        before.Dispose();
        Assert.True(ProcessMaps.Contains(staying));
        Assert.False(ProcessMaps.Contains(going));
        stays.Dispose(); // does nothing: a map owns it
        Assert.True(ProcessMaps.Contains(staying));

        after.Dispose();
        Assert.False(ProcessMaps.Contains(staying));
        Assert.Throws<ObjectDisposedException>(() => new GuestMemory(stays));
    }

    [Fact]
    public void Regions_are_listed_by_rising_guest_address()
    {
        using TestGuest guest = new((0x9000, Page), (0x1000, Page), (0x5000, Page));
        Assert.Equal([0x1000UL, 0x5000UL, 0x9000UL], guest.Memory.Regions.ToArray().Select(r => r.GuestBase.Value));
    }
}
