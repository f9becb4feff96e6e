using System.IO.Pipes;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class StateTransferTests
{
    private static readonly byte[] Large = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 7 / 3))]; // Far more than a pipe holds.

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(3_000_000)]
    public void A_state_arrives_as_it_is_both_ways(int bytes)
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = Connect(fixture);
        fixture.Device.State = Large[..bytes];
        byte[] saved = frontend.SaveDeviceState();
        Assert.Equal(fixture.Device.State, saved);
        frontend.LoadDeviceState(saved);
        Assert.Equal(saved, fixture.Device.Loaded);
    }

    [Fact]
    public void A_slow_pipe_holds_up_nobody()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = Connect(fixture);
        fixture.Device.State = Large;
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using (OwnedFd write = OwnedFd.DuplicateOf((int)pipe.ClientSafePipeHandle.DangerousGetHandle()))
        {
            Assert.Null(frontend.SetDeviceStateFd(StateDirection.Save, write));
        }

        pipe.DisposeLocalCopyOfClientHandle();
        var saved = new byte[Large.Length];
        for (int at = 0; at < saved.Length;)
        {
            frontend.GetFeatures(); // The worker answers, and does not sit in a write.
            at += pipe.Read(saved.AsSpan(at, Math.Min(100_000, saved.Length - at)));
        }

        Assert.Equal(0, pipe.ReadByte() + 1);
        frontend.CheckDeviceState();
        Assert.Equal(Large, saved);
    }

    [Fact]
    public void A_state_loaded_bit_by_bit_counts_only_with_its_end()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = Connect(fixture);
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        Begin(frontend, pipe, StateDirection.Load);
        pipe.DisposeLocalCopyOfClientHandle();
        for (int at = 0; at < 1000; at += 100)
        {
            pipe.Write(Large, at, 100);
            pipe.Flush();
            frontend.GetFeatures();
        }

        Assert.Null(fixture.Device.Loaded);
        Assert.Throws<VhostUserException>(frontend.CheckDeviceState); // It has no end yet.
        fixture.Settle();
        Assert.Null(fixture.Device.Loaded);
        frontend.LoadDeviceState(Large.AsSpan(0, 1000));
        Assert.Equal(Large[..1000], fixture.Device.Loaded);
    }

    [Fact]
    public void A_state_the_device_does_not_take_is_refused_and_told_in_the_log()
    {
        var log = new ListLogger();
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "vm1", log));
        using VhostUserFrontend frontend = Connect(fixture);
        fixture.Device.WhyNotLoaded = "port 3: name: 'a' in the state, 'b' here";
        Assert.Throws<VhostUserException>(() => frontend.LoadDeviceState(Large));
        Assert.Contains("vm1: CheckDeviceState rejected (Refused): port 3: name: 'a' in the state, 'b' here", log.Lines);
        fixture.Device.WhyNotLoaded = null;
        frontend.LoadDeviceState(Large);
    }

    [Fact]
    public void A_pipe_without_end_is_read_only_so_far()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = Connect(fixture);
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        Begin(frontend, pipe, StateDirection.Load);
        pipe.DisposeLocalCopyOfClientHandle();
        long written = 0;
        Assert.Throws<IOException>(Fill);
        Assert.InRange(written, 1, 2 * fixture.Device.MaxStateBytes);
        Assert.Throws<VhostUserException>(frontend.CheckDeviceState);
        Assert.Null(fixture.Device.Loaded);
        frontend.LoadDeviceState(new byte[fixture.Device.MaxStateBytes]);

        void Fill()
        {
            while (written < 1L << 40)
            {
                pipe.Write(Large);
                written += Large.Length;
            }
        }
    }

    [Fact]
    public void While_a_ring_runs_there_is_no_state()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 16);
        Assert.Throws<VhostUserException>(() => session.Frontend.SaveDeviceState());
        Assert.Throws<VhostUserException>(() => session.Frontend.LoadDeviceState([1]));
        new EchoDriver(session, queue).Run(10);
        queue.Stop();
        Assert.Empty(session.Frontend.SaveDeviceState());
    }

    [Fact]
    public void What_is_no_request_for_a_state_is_refused_and_nothing_is_left_open()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = Connect(fixture);
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using OwnedFd write = OwnedFd.DuplicateOf((int)pipe.ClientSafePipeHandle.DangerousGetHandle());
        using OwnedFd file = MemFd.Create("fastring-test", 4096);
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.Throws<VhostUserException>(() => frontend.SetDeviceStateFd(StateDirection.Load, write)); // The wrong end.
                Assert.Throws<VhostUserException>(() => frontend.SetDeviceStateFd(StateDirection.Save, file)); // It could block.
                Assert.Throws<VhostUserException>(() => frontend.SetDeviceStateFd((StateDirection)2, write));
                Assert.Throws<VhostUserException>(frontend.CheckDeviceState); // Of nothing.
            }
        });
        Assert.Equal(80UL, fixture.Counters.Rejected(RejectionReason.Refused));
    }

    [Fact]
    public void A_frontend_that_leaves_in_the_middle_leaves_nothing()
    {
        using var fixture = new BackendFixture();
        fixture.Device.State = Large;
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                using VhostUserFrontend frontend = Connect(fixture);
                using var pipe = new AnonymousPipeServerStream(i % 2 == 0 ? PipeDirection.In : PipeDirection.Out);
                Begin(frontend, pipe, i % 2 == 0 ? StateDirection.Save : StateDirection.Load);
                Begin(frontend, pipe, i % 2 == 0 ? StateDirection.Save : StateDirection.Load); // The second takes the place of the first.
                pipe.DisposeLocalCopyOfClientHandle();
            }
        });
        Assert.Null(fixture.Device.Loaded);
    }

    [Fact]
    public void A_suspended_device_says_nothing_until_it_runs_again()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using BackendRequests requests = BackendRequests.Open(session.Frontend);
        FrontendQueue queue = session.StartQueue(0, 16);
        uint at = queue.Stop();
        fixture.Run(() => fixture.Device.Transport!.NotifyConfigChanged());
        Assert.False(requests.TryTake(out _, out _));
        queue.Start(at);
        Assert.True(requests.TryTake(out BackendRequest request, out _));
        Assert.Equal(BackendRequest.ConfigChange, request);
        Assert.False(requests.TryTake(out _, out _));
    }

    private static VhostUserFrontend Connect(BackendFixture fixture)
    {
        VhostUserFrontend frontend = fixture.Connect();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.DeviceState);
        frontend.GetFeatures(); // Answered: what the backend opens for the connection is open.
        return frontend;
    }

    /// <summary>Gives the backend the other end of a pipe; the one there is the test's.</summary>
    private static void Begin(VhostUserFrontend frontend, AnonymousPipeServerStream pipe, StateDirection direction)
    {
        using (OwnedFd end = OwnedFd.DuplicateOf((int)pipe.ClientSafePipeHandle.DangerousGetHandle()))
        {
            Assert.Null(frontend.SetDeviceStateFd(direction, end));
        }
    }
}
