using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>Drivers come and go within one session, and frontends say little about it.</summary>
public class DriverChangeTests
{
    [Fact]
    public void A_driver_that_is_loaded_again_finds_a_fresh_device_as_user_mode_linux_does_it()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        VhostUserFrontend frontend = session.Frontend;
        for (int life = 0; life < 3; life++)
        {
            FrontendQueue[] queues = [session.StartQueue(0, 64), session.StartQueue(1, 64)];
            foreach (FrontendQueue queue in queues)
            {
                new EchoDriver(session, queue).Run(100 + life);
            }

            Assert.Equal(life, fixture.Device.Resets);
            frontend.SetVringEnable(1, enabled: false);
            frontend.SetVringEnable(0, enabled: false);
            frontend.GetFeatures(); // Its way to wait for all that.
            frontend.SetFeatures(session.Features | VhostUserFeatures.ProtocolFeatures);
            frontend.SetMemTable([session.Memory.Region], [session.Memory.File]);
        }
    }

    [Fact]
    public void The_new_driver_may_choose_other_features()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        new EchoDriver(session, session.StartQueue(0, 64)).Run(10);
        session.Frontend.SetVringEnable(0, enabled: false);
        session.Frontend.SetFeatures(VirtioFeatures.Version1 | VhostUserFeatures.ProtocolFeatures);
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 64, VirtioFeatures.Version1);
        ring.SetUp();
        ring.EchoOne();
        Assert.Equal(VirtioFeatures.Version1, fixture.Device.Negotiated);
        Assert.Equal(1, fixture.Device.Resets);
    }

    [Fact]
    public void A_paused_guest_is_no_reset_as_QEMU_does_it()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue[] queues = [session.StartQueue(0, 64), session.StartQueue(1, 64)];
        EchoDriver[] drivers = [.. queues.Select(queue => new EchoDriver(session, queue))];
        for (int pause = 0; pause < 10; pause++)
        {
            Array.ForEach(drivers, driver => driver.Run(10));
            Array.ForEach(drivers, driver => driver.Add(3));
            uint[] bases = StopAsQemuDoes(session, queues);
            Assert.Equal(0, session.Frontend.GetStatus());
            Array.ForEach(drivers, driver => driver.Add(3));
            StartAsQemuDoes(session, queues, bases);
            Array.ForEach(drivers, driver => driver.TakeAll(driver.InFlight));
        }

        Assert.Equal(0, fixture.Device.Resets);
        Assert.All(drivers, driver => Assert.Equal(160, driver.Echoed));
    }

    [Fact]
    public void A_guest_that_starts_over_is_a_reset_though_QEMU_does_not_say_so()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue[] old = [session.StartQueue(0, 64), session.StartQueue(1, 64)];
        Array.ForEach(old, queue => new EchoDriver(session, queue).Run(10));
        StopAsQemuDoes(session, old);
        FrontendQueue[] fresh = [session.StartQueue(0, 64), session.StartQueue(1, 64)];
        Array.ForEach(fresh, queue => new EchoDriver(session, queue).Run(10));
        Assert.Equal(1, fixture.Device.Resets);
    }

    [Fact]
    public void A_ring_that_runs_already_survives_the_reset_another_rings_base_gives_away()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue[] old = [session.StartQueue(0, 64), session.StartQueue(1, 64)];
        new EchoDriver(session, old[1]).Run(10); // Ring 0 stays at 0, so its new start looks like a continuation.
        StopAsQemuDoes(session, old);
        var first = new EchoDriver(session, session.StartQueue(0, 64));
        first.Run(5);
        var second = new EchoDriver(session, session.StartQueue(1, 64));
        Assert.True(fixture.Device.IsStarted(0));
        second.Run(5);
        first.Run(5);
        Assert.Equal(1, fixture.Device.Resets);
    }

    [Fact]
    public void Reset_device_stops_all_rings_and_resets_once()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        new EchoDriver(session, queue).Run(10);
        session.Frontend.ResetDevice();
        Assert.Equal(1, fixture.Device.Resets);
        Assert.False(fixture.Device.IsStarted(0));
        Assert.Equal(0u, queue.Stop());
        new EchoDriver(session, session.StartQueue(0, 64)).Run(10);
        Assert.Equal(1, fixture.Device.Resets);
    }

    [Fact]
    public void Status_zero_is_the_reset_of_a_frontend_that_has_no_other()
    {
        using var fixture = new BackendFixture();
        using var session = new FrontendSession(
            fixture.Connect(), 1 << 20, ulong.MaxValue, ProtocolFeatures.ReplyAck | ProtocolFeatures.Status);
        new EchoDriver(session, session.StartQueue(0, 64)).Run(10);
        session.Frontend.SetStatus(0x0f);
        Assert.Equal(0x0f, session.Frontend.GetStatus());
        Assert.True(fixture.Device.IsStarted(0));
        session.Frontend.SetStatus(0);
        Assert.False(fixture.Device.IsStarted(0));
        Assert.Equal(1, fixture.Device.Resets);
    }

    private static uint[] StopAsQemuDoes(FrontendSession session, FrontendQueue[] queues)
    {
        Array.ForEach(queues, queue => session.Frontend.SetVringEnable(queue.Index, enabled: false));
        uint[] bases = [.. queues.Select(queue => queue.Stop())];
        session.Frontend.SetStatus(0);
        return bases;
    }

    private static void StartAsQemuDoes(FrontendSession session, FrontendQueue[] queues, uint[] bases)
    {
        VhostUserFrontend frontend = session.Frontend;
        frontend.SetFeatures(session.Features | VhostUserFeatures.ProtocolFeatures);
        frontend.SetMemTable([session.Memory.Region], [session.Memory.File]);
        foreach (FrontendQueue queue in queues)
        {
            frontend.SetVringNum(queue.Index, queue.Ring.Size);
            frontend.SetVringBase(queue.Index, bases[queue.Index]);
            frontend.SetVringAddr(queue.Index, queue.Addresses);
            frontend.SetVringKick(queue.Index, queue.Kick.Fd);
            frontend.SetVringCall(queue.Index, queue.Call.Fd);
        }

        Array.ForEach(queues, queue => frontend.SetVringEnable(queue.Index, enabled: true));
        frontend.SetStatus(7);
    }
}
