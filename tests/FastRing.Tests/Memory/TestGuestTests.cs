using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Memory;

/// <summary>The rig itself: what the other tests believe of the memory they run on.</summary>
public class TestGuestTests
{
    [Fact]
    public void Every_region_has_an_inaccessible_page_on_either_side()
    {
        using TestGuest guest = HostileMap.Create(128);
        foreach (GuestRegion region in guest.Memory.Regions)
        {
            nint start = guest.Host(region.GuestBase.Value);
            Assert.False(ProcessMaps.IsAccessible(start - 1));
            Assert.True(ProcessMaps.IsAccessible(start));
            Assert.True(ProcessMaps.IsAccessible(start + (nint)region.SizeBytes - 1));
            Assert.False(ProcessMaps.IsAccessible(start + (nint)region.SizeBytes));
        }
    }

    [Fact]
    public void Regions_that_touch_for_the_guest_lie_apart_here()
    {
        using TestGuest guest = HostileMap.Create(128);
        Assert.NotEqual(guest.Host(HostileMap.Border - 1) + 1, guest.Host(HostileMap.Border));
    }

    [Fact]
    public void The_areas_of_a_hostile_ring_end_with_their_regions()
    {
        using TestGuest guest = HostileMap.Create(128);
        foreach (ulong features in (ulong[])[0, VirtioFeatures.RingPacked])
        {
            VirtqueueSetup setup = HostileMap.SetupAtEdges(128, features);
            ulong driverBytes = features == 0 ? 6 + (2UL * 128) : 4;
            ulong deviceBytes = features == 0 ? 6 + (8UL * 128) : 4;
            Assert.False(ProcessMaps.IsAccessible(guest.Host(setup.Descriptors.Value) + (16 * 128)));
            Assert.False(ProcessMaps.IsAccessible(guest.Host(setup.Driver.Value) + (nint)driverBytes));

            // The used ring is 4-byte aligned and 2 bytes longer than a multiple.
            Assert.False(ProcessMaps.IsAccessible(guest.Host(setup.Device.Value) + (nint)((deviceBytes + 3) & ~3UL)));
        }
    }

    [Fact]
    public void Contains_knows_the_edges_of_regions()
    {
        using TestGuest guest = new((0x1000, 0x1000), (0x2000, 0x1000));
        nint start = guest.Host(0x1000);
        Assert.True(guest.Contains(new IoVector(start, 0x1000)));
        Assert.True(guest.Contains(new IoVector(start + 0xfff, 1)));
        Assert.False(guest.Contains(new IoVector(start + 0xfff, 2)));
        Assert.False(guest.Contains(new IoVector(start - 1, 2)));
        Assert.False(guest.Contains(new IoVector(start, nuint.MaxValue)));
        Assert.False(guest.Contains(default));
    }

    [Fact]
    public void A_snapshot_tells_every_byte_written_since()
    {
        using TestGuest guest = new((0x1000, 0x1000), (0x9000, 0x1000));
        byte[] before = guest.Snapshot();
        foreach (ulong address in (ulong[])[0x1000, 0x1fff, 0x9000, 0x9fff])
        {
            Assert.True(guest.IsUnchangedSince(before));
            guest.Span(address, 1)[0] = 1;
            Assert.False(guest.IsUnchangedSince(before));
            guest.Clear();
        }

        Assert.True(guest.IsUnchangedSince(before));
    }

    [Fact]
    public void Bytes_are_written_over_the_border_of_regions()
    {
        using TestGuest guest = new((0x1000, 0x1000), (0x2000, 0x1000));
        guest.Write(0x1ffe, [1, 2, 3, 4]);
        Assert.Equal(0x0201, guest.Read16(0x1ffe));
        Assert.Equal(0x0403, guest.Read16(0x2000));
        Assert.ThrowsAny<ArgumentException>(() => guest.Write(0x2fff, [1, 2]));
    }
}
