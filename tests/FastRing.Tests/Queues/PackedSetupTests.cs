using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;

namespace FastRing.Tests.Queues;

/// <summary>What <see cref="Virtqueue.TryCreate"/> takes and refuses of packed rings.</summary>
public class PackedSetupTests
{
    [Theory]
    [InlineData(0U)]
    [InlineData(32769U)]
    [InlineData(65535U)]
    [InlineData(65536U)]
    [InlineData(65537U)]
    [InlineData(0x8000_0000U)]
    [InlineData(uint.MaxValue)]
    public void Sizes_that_no_packed_ring_has_are_refused(uint size)
    {
        using HostilePackedRing ring = new();
        Assert.Equal(VirtqueueError.BadSize, ring.TryStart(ring.Setup with { Size = size }, out Virtqueue? queue));
        Assert.Null(queue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(32767)]
    [InlineData(32768)]
    public void Any_other_size_is_one(int size)
    {
        using HostilePackedRing ring = new((ushort)size);
        Virtqueue queue = ring.Start();
        Assert.Equal(size, queue.Size);
        var batch = new ChainBatch(size, ChainDirection.Both);
        for (int i = 0; i < 2; i++)
        {
            ring.OfferGood(size, address: 0);
            Assert.Equal(size, queue.Pop(batch));
            queue.Complete(batch, size);
            queue.Publish();
        }

        Assert.Equal(VirtqueueError.None, queue.Error);
    }

    [Fact]
    public void Every_misaligned_area_is_refused()
    {
        using HostilePackedRing ring = new();
        for (ulong off = 0; off < 64; off++)
        {
            Assert.Equal(Expected(off % 16), ring.TryStart(ring.Setup with { Descriptors = new(0x8000 + off) }, out _));
            Assert.Equal(Expected(off % 4), ring.TryStart(ring.Setup with { Driver = new(0x8000 + off) }, out _));
            Assert.Equal(Expected(off % 4), ring.TryStart(ring.Setup with { Device = new(0x8000 + off) }, out _));
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
        ulong shift = regionBase & 15;
        foreach (ulong descriptors in (ulong[])[0x2000, 0x2000 + shift])
        {
            var setup = new VirtqueueSetup(16, new(descriptors), new(0x3000), new(0x4000), 0x8000_8000, VirtioFeatures.RingPacked);
            Assert.Equal(VirtqueueError.AreaMisaligned, Virtqueue.TryCreate(setup, guest.Memory, out _));
        }
    }

    [Theory]
    [InlineData(0x3002UL, 0x4004UL)] // one side's event suppression: 4-byte aligned here, not for the guest
    [InlineData(0x3004UL, 0x4002UL)]
    [InlineData(0x3000UL, 0x4004UL)] // and the other way round
    public void Event_suppression_must_be_aligned_on_both_sides(ulong driver, ulong device)
    {
        using TestGuest guest = new((0x2_0000, 0x1000), (0x1002, 0x2800), (0x4000, 0x1000));
        var setup = new VirtqueueSetup(16, new(0x2_0000), new(driver), new(device), 0x8000_8000, VirtioFeatures.RingPacked);
        Assert.Equal(VirtqueueError.AreaMisaligned, Virtqueue.TryCreate(setup, guest.Memory, out _));
    }

    [Theory]
    [InlineData(Hole)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(ulong.MaxValue - 15)]
    [InlineData(BehindHole - 16)]
    public void An_area_outside_of_guest_memory_is_refused(ulong address)
    {
        using HostilePackedRing ring = new();
        Assert.Equal(VirtqueueError.AreaNotMapped, ring.TryStart(ring.Setup with { Descriptors = new(address) }, out _));
        if (address != ulong.MaxValue - 15)
        {
            Assert.Equal(VirtqueueError.AreaNotMapped, ring.TryStart(ring.Setup with { Driver = new(address) }, out _));
            Assert.Equal(VirtqueueError.AreaNotMapped, ring.TryStart(ring.Setup with { Device = new(address) }, out _));
        }
    }

    [Theory]
    [InlineData(Border)] // another region begins there
    [InlineData(Hole)]
    [InlineData(0UL)] // the top of the address space
    public void An_area_may_end_with_its_region_and_not_a_byte_later(ulong end)
    {
        using HostilePackedRing ring = new();
        Assert.Equal(VirtqueueError.None, ring.TryStart(ring.Setup with { Descriptors = new(unchecked(end - 256)) }, out _));
        Assert.Equal(VirtqueueError.AreaNotMapped, ring.TryStart(ring.Setup with { Descriptors = new(unchecked(end - 240)) }, out _));
        Assert.Equal(VirtqueueError.None, ring.TryStart(ring.Setup with { Driver = new(unchecked(end - 4)) }, out _));
        Assert.Equal(VirtqueueError.None, ring.TryStart(ring.Setup with { Device = new(unchecked(end - 4)) }, out _));
    }

    [Fact]
    public void An_index_to_go_on_from_beyond_the_ring_is_refused()
    {
        using HostilePackedRing ring = new(12);
        for (uint half = 0; half <= ushort.MaxValue; half++)
        {
            VirtqueueError expected = (half & 0x7fff) < 12 ? VirtqueueError.None : VirtqueueError.BadBase;
            Assert.Equal(expected, ring.TryStart(ring.Setup with { Base = half | (half << 16) }, out Virtqueue? queue));
            Assert.Equal(expected == VirtqueueError.None, queue is not null);
        }
    }

    [Fact]
    public void Where_a_ring_goes_on_is_where_the_base_says()
    {
        using HostilePackedRing ring = new(12);
        ring.OfferGood(12);
        var batch = new ChainBatch(16, ChainDirection.Both);
        for (uint index = 0; index < 12; index++)
        {
            uint place = index | 0x8000;
            batch.Clear();
            Virtqueue queue = ring.Start(place | (place << 16));
            Assert.Equal(place | (place << 16), queue.Base);
            Assert.Equal(12 - (int)index, queue.Pop(batch));
            Assert.Equal(index, batch[0].Id);
        }
    }

    [Fact]
    public void A_base_of_0_is_a_fresh_ring_until_something_was_used_on_it()
    {
        using HostilePackedRing ring = new(12);
        ring.OfferGood(1);
        var batch = new ChainBatch(16, ChainDirection.Both);
        Assert.Equal(1, ring.Start(0).Pop(batch));

        // After a whole round the driver's counter is 0, and every descriptor says that it was used in the round before.
        for (int slot = 0; slot < 12; slot++)
        {
            ring.SetFlags(slot, HostilePackedRing.UsedAt(true));
        }

        ring.SetFlags(0, HostilePackedRing.AvailableAt(false));
        batch.Clear();
        Assert.Equal(1, ring.Start(0).Pop(batch));
    }
}
