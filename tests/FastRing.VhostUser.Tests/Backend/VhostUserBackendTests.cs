using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Backend;

public class VhostUserBackendTests
{
    [Fact]
    public void A_second_frontend_waits_until_the_first_leaves()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend first = fixture.Connect();
        first.SetOwner();
        Assert.Equal(2UL, first.GetQueueNum());
        using RawFrontend second = fixture.ConnectRaw();
        second.Send(RawFrontend.Message(VhostUserRequest.GetQueueNum, []));
        fixture.Settle();
        Assert.Equal(2UL, first.GetQueueNum());
        Assert.Equal(1UL, fixture.Counters.Sessions);
        first.Dispose();
        Assert.Equal(RawFrontend.Number(2), second.Reply(VhostUserRequest.GetQueueNum));
        Assert.Equal(2UL, fixture.Counters.Sessions);
    }

    [Fact]
    public void Two_thousand_sessions_leave_descriptors_mappings_and_threads_as_they_were()
    {
        using var fixture = new BackendFixture();
        using (FrontendSession warmUp = fixture.OpenSession())
        {
            new EchoDriver(warmUp, warmUp.StartQueue(0, 16)).Run(1);
        }

        ProcessState.Await(() => fixture.Device.Transport is null, "first session over");
        int threads = ProcessState.Threads("test");
        int mappings = ProcessState.Mappings;
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                using FrontendSession session = fixture.OpenSession(memoryBytes: 1 << 16);
                new EchoDriver(session, session.StartQueue(i & 1, 16)).Run(1);
            }
        });
        ProcessState.Await(() => ProcessState.Mappings == mappings, "memory unmapped");
        Assert.Equal(1, threads);
        Assert.Equal(threads, ProcessState.Threads("test"));
        Assert.Equal(2001UL, fixture.Counters.Sessions);
        Assert.Equal(2001, fixture.Device.Starts);
        Assert.Equal(fixture.Device.Starts, fixture.Device.Stops);
        Assert.Equal(2001, fixture.Device.Resets);
    }

    [Fact]
    public async Task A_connected_socket_is_served_until_it_ends()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using var worker = new Worker("test", _ => { });
        using var backend = new VhostUserBackend(worker, new EchoDevice(), theirs, "test");
        backend.Start();
        using (var session = new FrontendSession(new VhostUserFrontend(ours), 1 << 20, ulong.MaxValue))
        {
            new EchoDriver(session, session.StartQueue(0, 16)).Run(100);
            Assert.False(backend.Ended.IsCompleted);
        }

        await backend.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Disposing_a_backend_ends_its_session_and_resets_the_device()
    {
        ProcessState.AssertNoFdLeak(() =>
        {
            using var fixture = new BackendFixture();
            using FrontendSession session = fixture.OpenSession();
            new EchoDriver(session, session.StartQueue(0, 16)).Run(10);
            fixture.Backend.Dispose();
            Assert.True(fixture.Backend.Ended.IsCompleted);
            Assert.False(fixture.Device.IsStarted(0));
            Assert.Equal(1, fixture.Device.Resets);
            Assert.Null(fixture.Device.Transport);
            Assert.Throws<VhostUserException>(() => session.Frontend.GetFeatures());
            Assert.Throws<LinuxException>(() => fixture.Connect());
        });
    }

    [Fact]
    public void A_backend_that_never_started_closes_its_socket()
    {
        using var worker = new Worker("test", _ => { });
        ProcessState.AssertNoFdLeak(() =>
        {
            (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
            using (ours)
            {
                new VhostUserBackend(worker, new EchoDevice(), theirs, "test").Dispose();
            }
        });
    }

    [Fact]
    public void What_is_no_socket_is_refused_and_stays_the_callers()
    {
        using var worker = new Worker("test", _ => { });
        using EventFd fd = EventFd.Create();
        Assert.Throws<LinuxException>(() => new VhostUserBackend(worker, new EchoDevice(), fd.Fd, "test"));
        Assert.True(fd.Signal());
    }
}
