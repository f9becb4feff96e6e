using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class BackendChannelTests
{
    [Fact]
    public void A_changed_configuration_is_told()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using BackendRequests requests = BackendRequests.Open(session.Frontend);
        fixture.Run(() => fixture.Device.Transport!.NotifyConfigChanged());
        Assert.True(requests.TryTake(out BackendRequest request, out _));
        Assert.Equal(BackendRequest.ConfigChange, request);
        Assert.False(requests.TryTake(out _, out _));
    }

    [Fact]
    public void A_channel_nobody_reads_stalls_nothing_and_the_last_change_is_told_in_the_end()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using BackendRequests requests = BackendRequests.Open(session.Frontend);
        fixture.Run(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                fixture.Device.Transport!.NotifyConfigChanged();
            }
        });
        int taken = 0;
        fixture.Run(() => taken = TakeAll(requests)); // On the worker, so that it can't send more meanwhile.
        Assert.InRange(taken, 2, 99_999);
        ProcessState.Await(() => requests.TryTake(out _, out _), "the change that found the channel full");
        fixture.Run(() => fixture.Device.Transport!.NotifyConfigChanged());
        Assert.Equal(1, TakeAll(requests));
    }

    [Fact]
    public void A_channel_that_was_closed_is_let_go()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                BackendRequests.Open(session.Frontend).Dispose();
                fixture.Run(() => fixture.Device.Transport!.NotifyConfigChanged());
            }
        });
    }

    [Fact]
    public void Replacing_the_channel_closes_the_old_one_at_once()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        BackendRequests.Open(session.Frontend).Dispose();
        int before = ProcessState.Fds;
        for (int i = 0; i < 20; i++)
        {
            BackendRequests.Open(session.Frontend).Dispose();
        }

        Assert.Equal(before, ProcessState.Fds);
    }

    [Fact]
    public void Rings_without_descriptors_work_in_band_and_errors_are_told_there_too()
    {
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { OfferInbandNotifications = true });
        using var session = new FrontendSession(fixture.Connect(), 1 << 20, VirtioFeatures.Version1, (ProtocolFeatures)ulong.MaxValue);
        using BackendRequests requests = BackendRequests.Open(session.Frontend);
        using var ring = new ManualRing(session.Frontend, session.Memory, 1, 16, session.Features);
        session.Frontend.SetVringNum(1, 16);
        session.Frontend.SetVringAddr(1, ring.Addresses);
        session.Frontend.SetVringEnable(1, enabled: true);
        for (int i = 0; i < 100; i++)
        {
            ring.Add();
            session.Frontend.KickInband(1);
            Assert.True(requests.TryTake(out BackendRequest request, out int index)); // The answer to the kick came behind it.
            Assert.Equal((BackendRequest.VringCall, 1), (request, index));
            ring.TakeOne();
        }

        fixture.Run(() => fixture.Device.Transport!.QueueBroken(1, VirtqueueError.HeadOutOfRange));
        Assert.True(requests.TryTake(out BackendRequest broken, out int brokenIndex));
        Assert.Equal((BackendRequest.VringErr, 1), (broken, brokenIndex));
    }

    [Fact]
    public void A_call_descriptor_is_preferred_to_the_channel()
    {
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { OfferInbandNotifications = true });
        using var session = new FrontendSession(fixture.Connect(), 1 << 20, VirtioFeatures.Version1, (ProtocolFeatures)ulong.MaxValue);
        using BackendRequests requests = BackendRequests.Open(session.Frontend);
        new EchoDriver(session, session.StartQueue(0, 16)).Run(100);
        Assert.False(requests.TryTake(out _, out _));
    }

    [Fact]
    public void Inband_notifications_that_find_the_channel_full_come_later()
    {
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { OfferInbandNotifications = true });
        using var session = new FrontendSession(fixture.Connect(), 1 << 20, VirtioFeatures.Version1, (ProtocolFeatures)ulong.MaxValue);
        using BackendRequests requests = BackendRequests.Open(session.Frontend);
        fixture.Run(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                fixture.Device.Transport!.NotifyConfigChanged();
            }
        });
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        session.Frontend.SetVringNum(0, 16);
        session.Frontend.SetVringAddr(0, ring.Addresses);
        session.Frontend.SetVringEnable(0, enabled: true);
        ring.Add();
        session.Frontend.KickInband(0);
        BackendRequest request = BackendRequest.None;
        ProcessState.Await(() => requests.TryTake(out request, out _) && request == BackendRequest.VringCall, "the notification");
    }

    private static int TakeAll(BackendRequests requests)
    {
        int taken = 0;
        while (requests.TryTake(out _, out _))
        {
            taken++;
        }

        return taken;
    }
}
