using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>Packed rings over a connection: sizes, bases, and how real frontends begin them; and the reset of one queue.</summary>
public class PackedRingTests
{
    private const ulong Packed = VirtioFeatures.Version1 | VirtioFeatures.RingPacked;
    private const ulong All = Packed | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.InOrder | VirtioFeatures.RingReset;

    public static TheoryData<ulong> Variants => [Packed, Packed | VirtioFeatures.EventIndex, Packed | VirtioFeatures.InOrder, All];

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_packed_ring_of_any_size_is_served(ulong features)
    {
        foreach (ushort size in new ushort[] { 2, 3, 5, 7, 100, 255, 256, 1000 })
        {
            using var fixture = new BackendFixture(device: new EchoDevice { Features = All });
            using FrontendSession session = fixture.OpenSession(features);
            Assert.Equal(features, session.Features);
            FrontendQueue queue = session.StartQueue(0, size);
            new EchoDriver(session, queue).Run((size * 3) + 50);
            Assert.Equal(0, queue.Error.Drain());
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Stop_and_start_lose_nothing_and_repeat_nothing(ulong features)
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = All });
        using FrontendSession session = fixture.OpenSession(features);
        FrontendQueue queue = session.StartQueue(0, 20);
        var driver = new EchoDriver(session, queue);
        int atOrigin = 0;
        for (int stop = 0; stop < 300; stop++)
        {
            driver.Run(stop % 7);
            driver.Add(stop % 4);
            uint index = queue.Stop();
            Assert.Equal(index >> 16, index & 0xffff);
            atOrigin += (index & 0xffff) == 0 ? 1 : 0;
            driver.Add(2);

            // Some frontends know of both halves, DPDK gives the lower one only.
            queue.Start(stop % 2 == 0 ? index : index & 0xffff);
            driver.TakeAll(driver.InFlight);
        }

        Assert.Equal(0, fixture.Device.Resets);
        Assert.True(atOrigin > 0, "never stopped at slot 0 with the wrap counter at 0, which looks like a fresh ring");
    }

    [Fact]
    public void A_driver_that_is_loaded_again_begins_at_0_as_user_mode_linux_does_it()
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = All });
        using FrontendSession session = fixture.OpenSession(Packed);
        for (int life = 0; life < 4; life++)
        {
            new EchoDriver(session, session.StartQueue(0, 64)).Run(33 + life);
            Assert.Equal(life, fixture.Device.Resets);
        }
    }

    [Theory]
    [InlineData(64u)]
    [InlineData(0x8040u)]
    [InlineData(0x7fffu)]
    public void A_base_beyond_the_ring_is_refused_when_the_ring_starts(uint index)
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = All });
        using FrontendSession session = fixture.OpenSession(Packed);
        FrontendQueue queue = session.StartQueue(0, 64);
        queue.Stop();
        Assert.Throws<VhostUserException>(() => queue.Start(index));
        Assert.False(fixture.Device.IsStarted(0));
    }

    [Fact]
    public void A_ring_goes_on_where_it_is_when_the_memory_table_changes()
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = All });
        using FrontendSession session = fixture.OpenSession(All);
        FrontendQueue queue = session.StartQueue(0, 10);
        var driver = new EchoDriver(session, queue);
        for (int change = 0; change < 50; change++)
        {
            driver.Add(1 + (change % 5));
            session.Frontend.SetMemTable([session.Memory.Region], [session.Memory.File]);
            driver.TakeAll(driver.InFlight);
        }

        Assert.Equal(0, fixture.Device.Resets);
    }

    [Theory]
    [InlineData(All)]
    [InlineData(All & ~VirtioFeatures.RingPacked)]
    public void One_queue_is_reset_while_the_other_goes_on(ulong features)
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = All });
        using FrontendSession session = fixture.OpenSession(features);
        var other = new EchoDriver(session, session.StartQueue(1, 64));
        other.Run(5);
        for (int life = 0; life < 3; life++)
        {
            FrontendQueue queue = session.StartQueue(0, 32);
            new EchoDriver(session, queue).Run(7);
            other.Run(3);
            queue.Stop();
        }

        Assert.Equal([0, 0], fixture.Device.QueueResets);
        Assert.Equal(0, fixture.Device.Resets);
        other.Run(100);
    }

    [Fact]
    public void Without_the_feature_a_ring_that_begins_anew_is_a_new_drivers()
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = All });
        using FrontendSession session = fixture.OpenSession(All & ~VirtioFeatures.RingReset);
        new EchoDriver(session, session.StartQueue(1, 64)).Run(5);
        FrontendQueue queue = session.StartQueue(0, 32);
        new EchoDriver(session, queue).Run(7);
        queue.Stop();
        session.StartQueue(0, 32);
        Assert.Empty(fixture.Device.QueueResets);
        Assert.Equal(1, fixture.Device.Resets);
    }
}
