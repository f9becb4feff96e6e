using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Tests.Support;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>Drivers from before virtio 1.0.</summary>
public sealed class LegacyTests
{
    private const ulong Offered = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.NotifyOnEmpty | VirtioFeatures.AnyLayout;

    [Fact]
    public void A_driver_without_VERSION_1_gets_its_buffers_back()
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = Offered });
        using FrontendSession session = fixture.OpenSession(~VirtioFeatures.Version1);
        var driver = new EchoDriver(session, session.StartQueue(0, 64), parts: 3);
        driver.Run(1000);
        Assert.Equal(Offered & ~VirtioFeatures.Version1, fixture.Device.Negotiated);
    }

    [Theory]
    [InlineData(VirtioFeatures.NotifyOnEmpty, true)]
    [InlineData(VirtioFeatures.NotifyOnEmpty | VirtioFeatures.EventIndex, true)]
    [InlineData(0, false)]
    [InlineData(VirtioFeatures.EventIndex, false)]
    public void A_driver_that_suppressed_notifications_hears_of_an_emptied_ring_if_it_negotiated_that(ulong features, bool notified)
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = Offered });
        using FrontendSession session = fixture.OpenSession(features);
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        driver.Run(1); // The first publication after a start always notifies.
        fixture.Settle();
        queue.Call.Drain();
        queue.Ring.SuppressNotifications();

        driver.Add(8);
        fixture.Settle();

        Assert.Equal(notified, queue.Call.Drain() > 0);
        driver.TakeAll(8);
    }
}
