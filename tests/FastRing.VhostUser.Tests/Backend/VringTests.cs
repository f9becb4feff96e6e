using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class VringTests
{
    [Fact]
    public void A_ring_index_is_checked_in_its_whole_width()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        uint[] indexes = [2, 255, 256, 65536, 65537, 0x10000000, 0x80000000, 0x80000001, uint.MaxValue];
        foreach (uint index in indexes)
        {
            byte[] addresses = new byte[40];
            BinaryPrimitives.WriteUInt32LittleEndian(addresses, index);
            Assert.NotEqual(0UL, frontend.Acknowledged(VhostUserRequest.SetVringNum, RawFrontend.State(index, 16)));
            Assert.NotEqual(0UL, frontend.Acknowledged(VhostUserRequest.SetVringBase, RawFrontend.State(index, 0)));
            Assert.NotEqual(0UL, frontend.Acknowledged(VhostUserRequest.SetVringEnable, RawFrontend.State(index, 1)));
            Assert.NotEqual(0UL, frontend.Acknowledged(VhostUserRequest.SetVringEndian, RawFrontend.State(index, 0)));
            Assert.NotEqual(0UL, frontend.Acknowledged(VhostUserRequest.SetVringAddr, addresses));
        }

        Assert.Equal(0UL, frontend.Acknowledged(VhostUserRequest.SetVringNum, RawFrontend.State(1, 16)));
        frontend.Send(VhostUserRequest.GetVringBase, RawFrontend.State(65536, 0));
        Assert.True(frontend.IsClosedByBackend());
    }

    [Fact]
    public void A_ring_index_beside_a_descriptor_is_checked_in_its_whole_width()
    {
        using var fixture = new BackendFixture();
        using EventFd fd = EventFd.Create();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        ProcessState.AssertNoFdLeak(() =>
        {
            foreach (VhostUserRequest request in (VhostUserRequest[])[VhostUserRequest.SetVringKick, VhostUserRequest.SetVringCall, VhostUserRequest.SetVringErr])
            {
                foreach (ulong index in (ulong[])[2, 255, 0x200, 0x10000, 1UL << 32, 1UL << 63])
                {
                    Assert.NotEqual(0UL, frontend.Acknowledged(request, RawFrontend.Number(index), fd.Fd));
                    Assert.NotEqual(0UL, frontend.Acknowledged(request, RawFrontend.Number(index | 0x100)));
                }
            }
        });
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(48u)]
    [InlineData(32769u)]
    [InlineData(65536u)]
    [InlineData(0x80000000u)]
    [InlineData(uint.MaxValue)]
    public void A_size_no_ring_has_is_refused(uint size)
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        Assert.Throws<VhostUserException>(() => session.Frontend.SetVringNum(0, size));
    }

    [Fact]
    public void Get_base_is_exact_and_the_device_writes_nothing_afterwards()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        driver.Run(1234);
        queue.Kick.Signal(); // A kick that is still on its way must not start the ring again.
        Assert.Equal(1234u, queue.Stop());
        Assert.Equal(1234u, queue.Stop());

        driver.Add(20);
        queue.Kick.Signal();
        byte[] before = session.Memory.Bytes(default, 1 << 20).ToArray();
        fixture.Settle();
        Thread.Sleep(20);
        Assert.True(session.Memory.Bytes(default, 1 << 20).SequenceEqual(before), "memory changed under a stopped ring");
        Assert.False(fixture.Device.IsStarted(0));
    }

    [Fact]
    public void What_the_device_has_done_is_published_before_the_base_is_told()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        fixture.Run(() => fixture.Device.HoldsBack = true);
        driver.Add(10);
        fixture.Settle();
        Assert.False(queue.Ring.TryTakeUsed(out _));
        Assert.Equal(10u, queue.Stop());
        driver.TakeAll(10);
    }

    [Fact]
    public void Stop_and_start_lose_nothing_and_repeat_nothing()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        for (int i = 0; i < 200; i++)
        {
            driver.Add(7);
            uint index = queue.Stop();
            driver.Add(5);
            queue.Start(index);
            driver.TakeAll(driver.InFlight);
        }

        Assert.Equal(2400, driver.Echoed);
        Assert.Equal(2400u, queue.Stop());
        Assert.Equal(0, fixture.Device.Resets);
        Assert.Equal(0UL, fixture.Counters.BrokenQueues);
    }

    [Fact]
    public void A_stopped_ring_goes_on_at_its_base_without_being_told()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        driver.Run(100);
        queue.Stop();
        driver.Add(3);
        session.Frontend.SetVringKick(0, queue.Kick.Fd);
        driver.TakeAll(3);
        driver.Run(100);
    }

    [Fact]
    public void Moving_a_ring_that_runs_keeps_its_index()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        driver.Run(50);
        session.Frontend.SetVringAddr(0, queue.Addresses);
        driver.Run(50);
        Assert.Equal(2, fixture.Device.Starts);
        Assert.Equal(100u, queue.Stop());
    }

    [Fact]
    public void A_disabled_ring_keeps_its_buffers_until_it_is_enabled()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        driver.Run(10);
        session.Frontend.SetVringEnable(0, enabled: false);
        driver.Add(4);
        queue.Kick.Signal();
        fixture.Settle();
        Assert.False(queue.Ring.TryTakeUsed(out _));
        session.Frontend.SetVringEnable(0, enabled: true);
        driver.TakeAll(4);
        Assert.Equal(1, fixture.Device.Starts);
    }

    [Fact]
    public void Buffers_that_were_there_before_the_ring_are_served_without_a_kick()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        ring.Add();
        ring.SetUp();
        ring.TakeOne();
    }

    [Fact]
    public void The_order_of_set_up_does_not_matter()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        session.Frontend.SetVringEnable(0, enabled: true);
        session.Frontend.SetVringKick(0, ring.Kick.Fd);
        session.Frontend.SetVringAddr(0, ring.Addresses);
        session.Frontend.SetVringNum(0, 16);
        session.Frontend.SetVringKick(0, ring.Kick.Fd);
        ring.EchoOne();
    }

    [Fact]
    public void A_ring_without_a_kick_descriptor_is_polled()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        ring.SetUp();
        session.Frontend.SetVringKick(0, null);
        for (int i = 0; i < 20; i++)
        {
            ring.Add();
            ring.TakeOne();
        }

        session.Frontend.GetVringBase(0);
        ring.Add();
        Thread.Sleep(20);
        Assert.False(ring.Ring.TryTakeUsed(out _)); // Polling ended with the ring.
    }

    [Fact]
    public void Polling_that_was_replaced_or_stopped_costs_nothing()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        for (int i = 0; i < 5000; i++)
        {
            session.Frontend.SetVringKick(0, null);
        }

        session.Frontend.GetVringBase(0);
        long before = ProcessState.CpuTicks("test");
        Thread.Sleep(300);
        Assert.InRange(ProcessState.CpuTicks("test") - before, 0, 10);
    }

    [Fact]
    public void A_notification_missed_for_want_of_a_call_descriptor_is_made_up_for()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        ring.SetUp();
        session.Frontend.SetVringCall(0, null);
        _ = ring.Call.Drain(); // What a relay gives a ring has it begin with a notification.
        ring.EchoOne();
        Assert.Equal(0, ring.Call.Drain());
        session.Frontend.SetVringCall(0, ring.Call.Fd);
        Assert.Equal(1, ring.Call.Drain());
    }

    [Fact]
    public void A_call_socket_gets_exactly_eight_bytes_a_notification()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession(Spec.VirtioFeatures.Version1);
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (ours)
        using (theirs)
        {
            ours.SetNonBlocking();
            ring.SetUp();
            session.Frontend.SetVringCall(0, theirs);
            byte[] bytes = new byte[64];
            _ = ours.Read(bytes);
            for (int i = 0; i < 10; i++)
            {
                ulong before = fixture.Counters.Notifications;
                ring.EchoOne();
                ProcessState.Await(() => fixture.Counters.Notifications == before + 1, "a notification");
                Assert.Equal(8, ours.Read(bytes));
                Assert.Equal(-Errno.EAGAIN, ours.Read(bytes));
            }
        }
    }

    [Fact]
    public void A_call_socket_nobody_reads_stalls_nothing()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession(Spec.VirtioFeatures.Version1);
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (ours)
        using (theirs)
        {
            ring.SetUp();
            session.Frontend.SetVringCall(0, theirs);
            for (int i = 0; i < 2000; i++)
            {
                ring.EchoOne();
            }
        }
    }

    [Fact]
    public void A_kick_descriptor_at_its_end_is_not_watched_any_more()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        ring.SetUp();
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (theirs)
        {
            session.Frontend.SetVringKick(0, theirs);
            ours.Dispose();
        }

        fixture.Settle();
        long before = ProcessState.CpuTicks("test");
        Thread.Sleep(300);
        Assert.InRange(ProcessState.CpuTicks("test") - before, 0, 10); // Of 30 a worker burns that spins.
        session.Frontend.SetVringKick(0, ring.Kick.Fd);
        ring.EchoOne();
    }

    [Fact]
    public void Descriptors_that_can_not_carry_notifications_are_refused_and_closed()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using OwnedFd file = MemFd.Create("regular", 4096);
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.Throws<VhostUserException>(() => session.Frontend.SetVringKick(0, file));
                Assert.Throws<VhostUserException>(() => session.Frontend.SetVringCall(0, file));
                Assert.Throws<VhostUserException>(() => session.Frontend.SetVringErr(0, file));
            }
        });
        new EchoDriver(session, session.StartQueue(0, 16)).Run(10);
    }

    [Fact]
    public void Replacing_descriptors_closes_the_old_ones_at_once()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 16);
        var driver = new EchoDriver(session, queue);
        int before = ProcessState.Fds;
        for (int i = 0; i < 20; i++)
        {
            session.Frontend.SetVringKick(0, queue.Kick.Fd);
            session.Frontend.SetVringCall(0, queue.Call.Fd);
            session.Frontend.SetVringErr(0, queue.Error.Fd);
            driver.Run(1);
        }

        Assert.Equal(before, ProcessState.Fds); // At once: what is only forgotten the garbage collector closes some time.
        session.Frontend.SetVringCall(0, null);
        session.Frontend.SetVringErr(0, null);
        session.Frontend.GetVringBase(0);
        Assert.Equal(before - (BackendFixture.IsRelayed ? 6 : 3), ProcessState.Fds); // A relay has its own.
    }
}
