using FastRing.Interop;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Frontend;

public class VhostUserFrontendTests
{
    [Theory]
    [InlineData(VhostUserRequest.GetQueueNum, 5u, 8)] // another request's reply
    [InlineData(VhostUserRequest.GetFeatures, 1u, 8)] // no reply
    [InlineData(VhostUserRequest.GetFeatures, 6u, 8)] // version 2
    [InlineData(VhostUserRequest.GetFeatures, 5u, 0)] // too short
    [InlineData(VhostUserRequest.GetFeatures, 5u, 16)] // too long
    [InlineData(VhostUserRequest.GetFeatures, 5u, 5000)] // far too long
    public void A_wrong_answer_is_an_error(VhostUserRequest request, uint flags, int bytes)
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (theirs)
        using (var frontend = new VhostUserFrontend(ours))
        {
            theirs.Write(RawFrontend.Message(request, new byte[bytes], flags));
            var e = Assert.Throws<VhostUserException>(() => frontend.GetFeatures());
            Assert.Equal(VhostUserRequest.GetFeatures, e.Request);
        }
    }

    [Fact]
    public void A_backend_that_does_not_answer_or_left_is_an_error()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using var frontend = new VhostUserFrontend(ours) { Timeout = TimeSpan.FromMilliseconds(20) };
        Assert.Throws<VhostUserException>(() => frontend.GetFeatures());
        theirs.Dispose();
        Assert.Throws<VhostUserException>(() => frontend.GetFeatures());
        Assert.Throws<VhostUserException>(() => frontend.SetOwner());
    }

    [Fact]
    public void With_acknowledgements_every_refusal_throws_and_without_none()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        frontend.SetVringNum(99, 16);
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        var e = Assert.Throws<VhostUserException>(() => frontend.SetVringNum(99, 16));
        Assert.Equal(VhostUserRequest.SetVringNum, e.Request);
        frontend.SetVringNum(1, 16);
    }

    [Fact]
    public void A_ring_no_message_can_name_is_the_callers_mistake()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        Assert.Throws<ArgumentOutOfRangeException>(() => frontend.SetVringKick(256, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => frontend.SetVringKick(-1, null));
    }

    [Fact]
    public void A_configuration_that_is_not_there_is_an_error()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        Assert.Throws<VhostUserException>(() => frontend.GetConfig(0, new byte[13]));
        frontend.GetConfig(0, new byte[12]);
    }
}
