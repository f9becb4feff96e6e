using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

/// <summary>What <see cref="Virtqueue.TryCreate"/> and <see cref="DriverVirtqueue.Create"/> take and refuse.</summary>
public class VirtqueueSetupTests
{
    [Theory]
    [InlineData(0U)]
    [InlineData(3U)]
    [InlineData(12U)]
    [InlineData(32767U)]
    [InlineData(32769U)]
    [InlineData(65535U)]
    [InlineData(65536U)]
    [InlineData(0x1_0010U)]
    [InlineData(0x8000_0000U)]
    [InlineData(uint.MaxValue)]
    public void Sizes_that_no_split_ring_has_are_refused(uint size)
    {
        using HostileSplitRing driver = new();
        Assert.Equal(VirtqueueError.BadSize, driver.TryStart(driver.Setup with { Size = size }, out Virtqueue? queue));
        Assert.Null(queue);
    }

    [Fact]
    public void Every_power_of_two_up_to_32768_is_a_size()
    {
        using HostileSplitRing driver = new();
        for (uint size = 1; size <= 8192; size *= 2)
        {
            VirtqueueSetup setup = driver.Setup with { Size = size, Descriptors = new(0), Driver = new(0x6_0000), Device = new(0x7_0000) };
            Assert.Equal(VirtqueueError.None, driver.TryStart(setup, out Virtqueue? queue));
            Assert.Equal(size, queue!.Size);
        }

        using HostileSplitRing largest = new(32768);
        Assert.Equal(32768, largest.Start().Size);
    }

    [Fact]
    public void Every_misaligned_area_is_refused()
    {
        using HostileSplitRing driver = new();
        for (ulong off = 0; off < 64; off++)
        {
            Assert.Equal(Expected(off % 16), driver.TryStart(driver.Setup with { Descriptors = new(0x8000 + off) }, out _));
            Assert.Equal(Expected(off % 2), driver.TryStart(driver.Setup with { Driver = new(0x8000 + off) }, out _));
            Assert.Equal(Expected(off % 4), driver.TryStart(driver.Setup with { Device = new(0x8000 + off) }, out _));
        }

        static VirtqueueError Expected(ulong rest) => rest == 0 ? VirtqueueError.None : VirtqueueError.AreaMisaligned;
    }

    [Theory]
    [InlineData(0x1001UL)]
    [InlineData(0x1002UL)]
    [InlineData(0x1008UL)]
    public void An_area_must_be_aligned_for_the_guest_and_in_this_process(ulong regionBase)
    {
        // What is aligned on one side is not on the other.
        using TestGuest guest = new((regionBase, 0x10000));
        var setup = new VirtqueueSetup(16, new(0x2000), new(0x3000), new(0x4000), 0, 0);
        Assert.Equal(VirtqueueError.AreaMisaligned, Virtqueue.TryCreate(setup, guest.Memory, out _));

        ulong shift = regionBase & 15;
        setup = new VirtqueueSetup(16, new(0x2000 + shift), new(0x3000 + shift), new(0x4000 + shift), 0, 0);
        Assert.Equal(VirtqueueError.AreaMisaligned, Virtqueue.TryCreate(setup, guest.Memory, out _));

        setup = setup with { Descriptors = new(regionBase - shift + 0x1000) };
        Assert.Equal(VirtqueueError.AreaMisaligned, Virtqueue.TryCreate(setup, guest.Memory, out _));
    }

    [Fact]
    public void A_region_that_begins_off_a_page_serves_areas_that_are_aligned_on_both_sides()
    {
        using TestGuest guest = new((0x1010, 0x10000));
        foreach (ulong off in new ulong[] { 0, 1, 2, 3, 4 })
        {
            var setup = new VirtqueueSetup(16, new(0x2000), new(0x3000 + (off & ~1UL)), new(0x4000 + off), 0, 0);
            VirtqueueError expected = off % 4 == 0 ? VirtqueueError.None : VirtqueueError.AreaMisaligned;
            Assert.Equal(expected, Virtqueue.TryCreate(setup, guest.Memory, out _));
        }
    }

    [Theory]
    [InlineData(0x1002UL, 0x4002UL)] // the used ring: 4-byte aligned here, not for the guest
    [InlineData(0x1002UL, 0x4000UL)] // and the other way round
    public void The_used_ring_alone_is_refused_too(ulong regionBase, ulong device)
    {
        using TestGuest other = new((0x2_0000, 0x1000), (regionBase, 0x10000));
        var setup = new VirtqueueSetup(16, new(0x2_0000), new(0x3000), new(device), 0, 0);
        Assert.Equal(VirtqueueError.AreaMisaligned, Virtqueue.TryCreate(setup, other.Memory, out _));
    }

    [Theory]
    [InlineData(Hole)]
    [InlineData(BehindHole - 16)]
    [InlineData(Border - 16)] // over two regions
    [InlineData(Hole - 16)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(ulong.MaxValue - 15)]
    public void An_area_outside_of_one_region_is_refused(ulong address)
    {
        using HostileSplitRing driver = new();
        Assert.Equal(VirtqueueError.AreaNotMapped, driver.TryStart(driver.Setup with { Descriptors = new(address) }, out _));
        Assert.Equal(VirtqueueError.AreaNotMapped, driver.TryStart(driver.Setup with { Driver = new(address) }, out _));
        Assert.Equal(VirtqueueError.AreaNotMapped, driver.TryStart(driver.Setup with { Device = new(address) }, out _));
    }

    [Theory]
    [InlineData(Border)]
    [InlineData(Hole)]
    [InlineData(0UL)] // the top of the address space
    public void An_area_may_end_with_its_region_and_not_a_byte_later(ulong end)
    {
        using HostileSplitRing driver = new();
        Assert.Equal(VirtqueueError.None, driver.TryStart(driver.Setup with { Descriptors = new(unchecked(end - 256)) }, out _));
        Assert.Equal(VirtqueueError.AreaNotMapped, driver.TryStart(driver.Setup with { Descriptors = new(unchecked(end - 240)) }, out _));
        Assert.Equal(VirtqueueError.None, driver.TryStart(driver.Setup with { Driver = new(unchecked(end - 38)) }, out _));
        Assert.Equal(VirtqueueError.AreaNotMapped, driver.TryStart(driver.Setup with { Driver = new(unchecked(end - 36)) }, out _));
        Assert.Equal(VirtqueueError.None, driver.TryStart(driver.Setup with { Device = new(unchecked(end - 136)) }, out _));
        Assert.Equal(VirtqueueError.AreaNotMapped, driver.TryStart(driver.Setup with { Device = new(unchecked(end - 132)) }, out _));
    }

    [Fact]
    public void A_used_ring_at_the_very_end_is_written_inside_only()
    {
        using HostileSplitRing driver = new(features: VirtioFeatures.EventIndex);
        VirtqueueSetup setup = driver.Setup with { Device = new(Hole - 136) };
        Assert.Equal(VirtqueueError.None, driver.TryStart(setup, out Virtqueue? queue));
        driver.Descriptor(0, Buffers, 8);
        var batch = new ChainBatch(16, ChainDirection.Both);
        for (int i = 0; i < 40; i++)
        {
            driver.Offer(0);
            Assert.Equal(1, queue!.Pop(batch));
            queue.Complete(batch, 1);
            queue.Publish();
            Assert.False(queue.EnableNotifications());
        }

        Assert.Equal(40, driver.Guest.Read16(Hole - 134));
        Assert.Equal(40, driver.Guest.Read16(Hole - 4));
    }

    [Fact]
    public void A_drivers_ring_that_does_not_fit_is_refused()
    {
        using HostileSplitRing driver = new();
        GuestMemory memory = driver.Guest.Memory;
        ulong bytes = DriverVirtqueue.BytesFor(16, VirtioFeatures.IndirectDescriptors, 4);
        Assert.Equal(256U + 128 + 256 + (16 * 4 * 16), bytes);
        Assert.ThrowsAny<ArgumentException>(() => DriverVirtqueue.Create(memory, new(0x1010), 16, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => DriverVirtqueue.Create(memory, new(0x1000), 12, 0));
        Assert.ThrowsAny<ArgumentException>(() => DriverVirtqueue.Create(memory, new(Border - 256), 16, 0));
        Assert.ThrowsAny<ArgumentException>(() =>
            DriverVirtqueue.Create(memory, new(Hole - bytes + 64), 16, VirtioFeatures.IndirectDescriptors, 4));
        Assert.ThrowsAny<ArgumentException>(() => DriverVirtqueue.Create(memory, new(ulong.MaxValue - 63), 16, 0));
        Assert.Equal(16, DriverVirtqueue.Create(memory, new(Hole - bytes), 16, VirtioFeatures.IndirectDescriptors, 4).Free);
    }
}
