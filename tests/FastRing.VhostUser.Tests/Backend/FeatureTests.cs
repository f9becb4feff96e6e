using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class FeatureTests
{
    [Fact]
    public void The_devices_features_are_offered_and_the_protocols_bit_with_them()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        Assert.Equal(fixture.Device.Features | VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll, frontend.GetFeatures());
        Assert.Equal(
            ProtocolFeatures.MultiQueue | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendRequests | ProtocolFeatures.Config
            | ProtocolFeatures.ResetDevice | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.Status
            | ProtocolFeatures.LogSharedMemory | ProtocolFeatures.InflightSharedMemory | ProtocolFeatures.DeviceState,
            frontend.GetProtocolFeatures());
        Assert.Equal(2UL, frontend.GetQueueNum());
        Assert.Equal(509UL, frontend.GetMaxMemSlots());
    }

    [Fact]
    public void Every_feature_bit_that_was_not_offered_is_refused()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        ulong offered = frontend.GetFeatures();
        frontend.SetFeatures(VirtioFeatures.Version1);
        for (int bit = 0; bit < 64; bit++)
        {
            if ((offered & (1UL << bit)) == 0)
            {
                Assert.Throws<VhostUserException>(() => frontend.SetFeatures(VirtioFeatures.Version1 | (1UL << bit)));
            }
        }

        Assert.Equal(VirtioFeatures.Version1, fixture.Device.Negotiated);
    }

    [Fact]
    public void Every_protocol_feature_that_was_not_offered_is_refused()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        for (int bit = 0; bit < 64; bit++)
        {
            bool offered = (fixture.Backend.ProtocolFeatures & (ProtocolFeatures)(1UL << bit)) != 0;
            ulong wanted = (ulong)ProtocolFeatures.ReplyAck | (1UL << bit);
            Assert.Equal(offered, frontend.Acknowledged(VhostUserRequest.SetProtocolFeatures, RawFrontend.Number(wanted)) == 0);
        }
    }

    [Theory]
    [InlineData(ProtocolFeatures.None)]
    [InlineData(ProtocolFeatures.ReplyAck)]
    [InlineData(ProtocolFeatures.BackendRequests)]
    public void Inband_notifications_without_what_they_need_close_the_connection(ProtocolFeatures others)
    {
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { OfferInbandNotifications = true });
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.Send(VhostUserRequest.SetProtocolFeatures, RawFrontend.Number((ulong)(ProtocolFeatures.InbandNotifications | others)));
        Assert.True(frontend.IsClosedByBackend());
    }

    [Fact]
    public void Features_can_be_repeated_but_not_changed_while_rings_run()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        var driver = new EchoDriver(session, session.StartQueue(0, 16));
        driver.Run(10);
        session.Frontend.SetFeatures(session.Features | VhostUserFeatures.ProtocolFeatures);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetFeatures(VirtioFeatures.Version1 | VhostUserFeatures.ProtocolFeatures));
        driver.Run(100);
        Assert.Equal(1, fixture.Device.Starts);
    }

    [Fact]
    public void A_disabled_ring_goes_on_with_the_features_that_were_set_meanwhile()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 16);
        new EchoDriver(session, queue).Run(10);
        session.Frontend.SetVringEnable(0, enabled: false);
        session.Frontend.SetFeatures(VirtioFeatures.Version1 | VhostUserFeatures.ProtocolFeatures);
        Assert.False(fixture.Device.IsStarted(0));
        session.Frontend.SetVringEnable(0, enabled: true);
        Assert.True(fixture.Device.IsStarted(0));
        Assert.Equal(10u, queue.Stop());
    }

    [Fact]
    public void No_ring_runs_before_the_features_are_known()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        using var memory = new DriverMemory(1 << 16);
        frontend.SetMemTable([memory.Region], [memory.File]);
        using var ring = new ManualRing(frontend, memory, 0, 16, VirtioFeatures.Version1);
        ring.SetUp();
        ring.Kick.Signal();
        frontend.GetFeatures();
        fixture.Settle();
        Assert.False(fixture.Device.IsStarted(0));
        frontend.SetFeatures(VirtioFeatures.Version1 | VhostUserFeatures.ProtocolFeatures);
        ring.EchoOne();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_kick_that_came_before_the_last_thing_a_ring_needs_is_not_lost(bool memoryFirst)
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        using var memory = new DriverMemory(1 << 16);
        using var ring = new ManualRing(frontend, memory, 0, 16, VirtioFeatures.Version1);
        Action setMemory = () => frontend.SetMemTable([memory.Region], [memory.File]);
        Action setFeatures = () => frontend.SetFeatures(VirtioFeatures.Version1 | VhostUserFeatures.ProtocolFeatures);
        (Action first, Action last) = memoryFirst ? (setMemory, setFeatures) : (setFeatures, setMemory);
        first();
        ring.SetUp();
        ring.Add();
        ring.Kick.Signal();
        frontend.GetFeatures();
        fixture.Settle();
        Assert.False(fixture.Device.IsStarted(0));
        last();
        ring.TakeOne();
    }

    [Fact]
    public void Without_protocol_features_rings_run_at_once()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        using var memory = new DriverMemory(1 << 16);
        frontend.SetFeatures(VirtioFeatures.Version1);
        frontend.SetMemTable([memory.Region], [memory.File]);
        using var ring = new ManualRing(frontend, memory, 0, 16, VirtioFeatures.Version1);
        ring.SetUp(enable: false);
        ring.EchoOne();
    }
}
