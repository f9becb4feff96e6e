using FastRing.Interop;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Relay;

public sealed class VhostUserRelayTests
{
    [Theory]
    [InlineData(0UL)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Another_backend_goes_on_with_the_rings_where_the_last_left_them(ulong feature)
    {
        using var pair = new BackendPair(VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.RingPacked);
        using FrontendSession session = new(pair.Connect(), 1 << 20, VirtioFeatures.Version1 | VirtioFeatures.EventIndex | feature);
        EchoDriver[] drivers = [new(session, session.StartQueue(0, 64)), new(session, session.StartQueue(1, 64))];
        for (int i = 0; i < 5; i++)
        {
            Array.ForEach(drivers, d => d.Run(100));
            pair.Replace();
        }

        Array.ForEach(drivers, d => d.Run(100));
        Assert.Empty(pair.Relay.Refused);
        Assert.Equal(2, pair.Current.Device.Starts);
    }

    [Fact]
    public void Everything_the_frontend_said_is_known_to_the_next_backend()
    {
        using var pair = new BackendPair();
        using FrontendSession session = new(pair.Connect(), 1 << 20, VirtioFeatures.Version1 | VirtioFeatures.IndirectDescriptors);
        using var more = new DriverMemory(1 << 16, new FastRing.Memory.GuestAddress(16 << 20));
        using var gone = new DriverMemory(1 << 16, new FastRing.Memory.GuestAddress(32 << 20));
        session.Frontend.AddMemRegion(more.Region, more.File);
        session.Frontend.AddMemRegion(gone.Region, gone.File);
        session.Frontend.RemoveMemRegion(gone.Region);
        session.Frontend.SetStatus(0x0f);
        using BackendRequests requests = BackendRequests.Open(session.Frontend);

        pair.Replace();
        Assert.Equal(0x0f, session.Frontend.GetStatus());
        Assert.Equal(session.Features, pair.Current.Device.Negotiated);
        Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(more.Region, more.File)); // Overlaps: it is there.
        session.Frontend.AddMemRegion(gone.Region, gone.File); // And this is not.
        new EchoDriver(session, session.StartQueue(0, 16)).Run(10);
        pair.Current.Run(() => pair.Current.Device.Transport!.NotifyConfigChanged());
        ProcessState.Await(() => requests.TryTake(out BackendRequest request, out _) && request == BackendRequest.ConfigChange, "the device's word");
    }

    [Fact]
    public void A_message_the_last_backend_did_not_answer_is_answered_once_by_the_next()
    {
        using var pair = new BackendPair();
        using RawFrontend frontend = pair.ConnectRaw();
        frontend.AssertAlive();
        pair.Stall();
        frontend.Send(VhostUserRequest.GetQueueNum, []);
        frontend.Send(VhostUserRequest.GetConfig, new byte[12]);
        pair.Replace();
        Assert.Equal(RawFrontend.Number(2), frontend.Reply(VhostUserRequest.GetQueueNum));
        Assert.Equal(12, frontend.Reply(VhostUserRequest.GetConfig).Length);
        frontend.AssertAlive();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_state_that_was_loaded_is_gone_on_from_although_no_ring_has_run(bool isAfterFeatures)
    {
        using var pair = new BackendPair();
        using VhostUserFrontend frontend = Connect(pair, setsFeatures: isAfterFeatures);
        frontend.LoadDeviceState([1, 2, 3]);
        Assert.Equal(isAfterFeatures, CanResume(pair)); // Until it is known how the driver wants to have it, it is nowhere else.
        frontend.SetFeatures(VirtioFeatures.Version1);
        Assert.True(CanResume(pair));
        Assert.Equal(1, pair.Current.Device.Begun);

        pair.Replace();
        frontend.GetFeatures();
        Assert.Equal((0, 1), (pair.Current.Device.Begun, pair.Current.Device.Recovered));
    }

    [Fact]
    public void Of_a_state_that_only_the_backend_has_nobody_can_go_on()
    {
        using var pair = new BackendPair();
        using VhostUserFrontend frontend = Connect(pair, setsFeatures: true);
        frontend.SaveDeviceState();
        Assert.True(CanResume(pair));
        pair.Current.Device.WhyNotLoaded = "it is another's";
        Assert.Throws<VhostUserException>(() => frontend.LoadDeviceState([1]));
        Assert.True(CanResume(pair));

        pair.Current.Device.WhyNotLoaded = null;
        pair.Current.Device.WhyNotRecovered = "no room";
        frontend.LoadDeviceState([1]);
        Assert.Equal([1], pair.Current.Device.Loaded);
        Assert.False(CanResume(pair));
        frontend.ResetDevice();
        Assert.True(CanResume(pair));
    }

    [Fact]
    public void A_ring_that_has_no_place_in_an_area_of_before_gets_one()
    {
        using var pair = new BackendPair();
        using FrontendSession session = new(pair.Connect(), 4 << 20, VirtioFeatures.Version1);
        session.Frontend.LoadDeviceState([1]);
        Assert.Equal(1, pair.Current.Device.Begun);
        EchoDriver[] drivers = [new(session, session.StartQueue(0, 64)), new(session, session.StartQueue(1, 64))];
        Array.ForEach(drivers, d => d.Run(10));
        session.Frontend.GetVringBase(0);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetVringNum(0, 2048)); // The other runs.
        session.Frontend.GetVringBase(1);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetVringNum(0, 65536));
        session.Frontend.SetVringNum(0, 2048);
        Assert.Equal(2, pair.Current.Device.Begun);
        pair.Replace();
        new EchoDriver(session, session.StartQueue(0, 2048)).Run(10);
        pair.Replace();
        session.Frontend.GetFeatures();
        Assert.Equal((0, 1), (pair.Current.Device.Begun, pair.Current.Device.Recovered));
    }

    [Fact]
    public void A_stopped_ring_is_not_started_by_the_next_backend_and_a_reset_one_begins_anew()
    {
        using var pair = new BackendPair();
        using FrontendSession session = new(pair.Connect(), 1 << 20, VirtioFeatures.Version1);
        FrontendQueue queue = session.StartQueue(0, 16);
        new EchoDriver(session, queue).Run(10);
        uint at = session.Frontend.GetVringBase(0);
        pair.Replace();
        session.Frontend.GetFeatures();
        Assert.Equal(0, pair.Current.Device.Starts);
        Assert.Equal(at, session.Frontend.GetVringBase(0));

        session.Frontend.ResetDevice();
        pair.Replace();
        Assert.Equal(0u, session.Frontend.GetVringBase(0));
        new EchoDriver(session, session.StartQueue(1, 16)).Run(10);
    }

    [Fact]
    public void What_a_frontend_says_again_and_again_is_kept_once()
    {
        using var pair = new BackendPair();
        using FrontendSession session = new(pair.Connect(), 1 << 20, VirtioFeatures.Version1);
        FrontendQueue queue = session.StartQueue(0, 16);
        using var more = new DriverMemory(1 << 16, new FastRing.Memory.GuestAddress(16 << 20));
        session.Frontend.SetVringCall(1, queue.Call.Fd);
        session.Frontend.SetStatus(1);
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                session.Frontend.SetVringCall(1, queue.Call.Fd);
                session.Frontend.AddMemRegion(more.Region, more.File);
                session.Frontend.RemoveMemRegion(more.Region);
                session.Frontend.SetStatus((byte)i);
            }
        });
        pair.Replace();
        new EchoDriver(session, queue).Run(10);
    }

    [Fact]
    public void A_frontend_that_leaves_while_there_is_no_backend_leaves_nothing_behind()
    {
        using var pair = new BackendPair();
        ProcessState.AssertNoFdLeak(() =>
        {
            using RawFrontend frontend = pair.ConnectRaw();
            frontend.AssertAlive();
            pair.Relay.KeepsFrontends = true;
            pair.Current.Backend.Dispose();
            ProcessState.Await(() => pair.Relay.Lost == 1, "the backend to be missed");
        });
        ProcessState.Await(() => pair.Relay.Reasons.Count == 1, "the end"); // It is told after everything is closed.
        Assert.Equal([null], pair.Relay.Reasons);
    }

    [Fact]
    public void A_message_that_stays_in_pieces_and_descriptors_beyond_number_end_the_relay()
    {
        using var fixture = Relayed(TimeSpan.FromMilliseconds(50));
        using RawFrontend slow = fixture.ConnectRaw();
        slow.AssertAlive();
        slow.Send(RawFrontend.Message(VhostUserRequest.SetOwner, []).AsSpan(0, 5));
        Assert.True(slow.IsClosedByBackend());
        using RawFrontend many = fixture.ConnectRaw();
        using EventFd fd = EventFd.Create();
        many.Send(RawFrontend.Message(VhostUserRequest.SetOwner, []), [.. Enumerable.Repeat(fd.Fd, 17)]);
        Assert.True(many.IsClosedByBackend());
        ProcessState.Await(() => fixture.Relay!.Reasons.Count == 2, "two reasons");
        Assert.Equal(["a message was not complete in time", "more descriptors than a message may have"], fixture.Relay!.Reasons);
    }

    [Fact]
    public void A_message_that_is_none_is_the_backends_to_reject()
    {
        using var fixture = Relayed(TimeSpan.FromSeconds(10));
        foreach (byte[] bad in (byte[][])
            [
                RawFrontend.Message(VhostUserRequest.SetOwner, [], flags: 7),
                RawFrontend.Message(VhostUserRequest.SetFeatures, [], size: 4097),
                RawFrontend.Message(VhostUserRequest.SetVringNum, [], size: 7),
            ])
        {
            using RawFrontend frontend = fixture.ConnectRaw();
            frontend.Send(bad);
            Assert.True(frontend.IsClosedByBackend());
        }

        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.Header));
        Assert.Equal(2UL, fixture.Counters.Rejected(RejectionReason.PayloadSize));
    }

    [Theory]
    [InlineData(VhostUserRequest.SetOwner, VhostUserHeader.Version | VhostUserHeader.ReplyFlag, 8u)] // To something else.
    [InlineData(VhostUserRequest.GetProtocolFeatures, VhostUserHeader.Version, 8u)] // A question.
    [InlineData(VhostUserRequest.GetProtocolFeatures, VhostUserHeader.Version | VhostUserHeader.ReplyFlag, 4097u)]
    [InlineData(VhostUserRequest.GetProtocolFeatures, VhostUserHeader.Version | VhostUserHeader.ReplyFlag, 0u)] // No features.
    public void A_backend_that_answers_nonsense_ends_the_relay_and_nothing_else(VhostUserRequest request, uint flags, uint size)
    {
        string path = $"@fastring-nonsense-{Environment.ProcessId}-{request}-{flags}-{size}";
        using OwnedFd backend = UnixSocket.Listen(path + "-backend");
        using var relay = new RelayListener(path, path + "-backend", TimeSpan.FromSeconds(10));
        using var frontend = new RawFrontend(UnixSocket.Connect(path));
        OwnedFd? connection = null;
        ProcessState.Await(() => (connection ??= UnixSocket.Accept(backend)) is not null, "the relay's connection");
        byte[] answer = RawFrontend.Message(request, new byte[Math.Min(size, 8)], flags, size);
        _ = ScmRights.Send(connection!, answer, []);
        Assert.True(frontend.IsClosedByBackend());
        ProcessState.Await(() => relay.Reasons.Count == 1, "a reason");
        Assert.NotNull(relay.Reasons[0]);
        connection!.Dispose();
    }

    [Theory]
    [InlineData(ProtocolFeatures.InflightSharedMemory, "the backend has no ReplyAck")]
    [InlineData(ProtocolFeatures.ReplyAck, "the backend has no InflightSharedMemory")]
    [InlineData((ProtocolFeatures)0, "the backend has no ReplyAck, InflightSharedMemory")]
    public void A_next_backend_that_lacks_what_the_last_one_had_ends_the_relay_and_is_told_what(ProtocolFeatures offered, string why)
    {
        using var pair = new BackendPair();
        using RawFrontend frontend = pair.ConnectRaw();
        frontend.AssertAlive();
        string path = $"@fastring-poor-{Environment.ProcessId}-{(ulong)offered}";
        using OwnedFd poor = UnixSocket.Listen(path);
        pair.Relay.Backend = path;
        pair.Relay.Resume();
        OwnedFd? connection = null;
        ProcessState.Await(() => (connection ??= UnixSocket.Accept(poor)) is not null, "the relay's connection");
        using (connection)
        {
            byte[] answer = RawFrontend.Message(VhostUserRequest.GetProtocolFeatures, RawFrontend.Number((ulong)offered), VhostUserHeader.Version | VhostUserHeader.ReplyFlag);
            _ = ScmRights.Send(connection!, answer, []);
            Assert.True(frontend.IsClosedByBackend());
        }

        ProcessState.Await(() => pair.Relay.Reasons.Count == 1, "a reason");
        Assert.Equal(why, pair.Relay.Reasons[0]);
    }

    private static VhostUserFrontend Connect(BackendPair pair, bool setsFeatures)
    {
        VhostUserFrontend frontend = pair.Connect();
        frontend.SetOwner();
        frontend.SetProtocolFeatures(frontend.GetProtocolFeatures() & ~ProtocolFeatures.InbandNotifications);
        if (setsFeatures)
        {
            frontend.SetFeatures(VirtioFeatures.Version1);
        }

        return frontend;
    }

    /// <summary>As its worker sees it, which has dealt with everything that was answered.</summary>
    private static bool CanResume(BackendPair pair)
    {
        bool canResume = false;
        pair.Relay.Run(() => canResume = pair.Relay.Relay.CanResume);
        return canResume;
    }

    private static BackendFixture Relayed(TimeSpan deadline)
    {
        BackendFixture.IsRelayed = true;
        return new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { MessageDeadline = deadline });
    }
}
