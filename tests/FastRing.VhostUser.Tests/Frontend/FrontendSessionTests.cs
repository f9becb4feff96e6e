using FastRing.Interop;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Frontend;

public class FrontendSessionTests
{
    [Fact]
    public void Only_what_is_offered_is_negotiated()
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = VirtioFeatures.Version1 });
        using FrontendSession session = fixture.OpenSession();
        Assert.Equal(VirtioFeatures.Version1, session.Features);
        Assert.Equal(fixture.Backend.ProtocolFeatures, session.Frontend.ProtocolFeatures);
    }

    [Fact]
    public void A_session_that_can_not_begin_leaves_nothing_open()
    {
        using var worker = new Workers.Worker("test", _ => { });
        ProcessState.AssertNoFdLeak(() =>
        {
            (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
            theirs.Dispose();
            Assert.Throws<VhostUserException>(() => new FrontendSession(new VhostUserFrontend(ours), 4096, 0));
        });
    }

    [Fact]
    public void Waiting_for_a_used_buffer_ends_with_its_time()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 16);
        Assert.False(queue.WaitUsed(out _, timeoutMilliseconds: 20));
        new EchoDriver(session, queue).Run(1);
    }
}
