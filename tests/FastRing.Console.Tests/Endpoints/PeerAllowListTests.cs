using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

public sealed class PeerAllowListTests
{
    [Theory]
    [InlineData(0, 5, true)]
    [InlineData(1000, 5, true)]
    [InlineData(1001, 44, true)]
    [InlineData(1001, 45, false)]
    [InlineData(44, 1000, false)]
    public void Root_and_those_named_are_allowed(uint user, uint group, bool allowed) =>
        Assert.Equal(allowed, new PeerAllowList([1000], [44]).Allows(new LocalPeer(new PeerCredentials(1, user, group), [])));

    [Fact]
    public void A_member_of_a_named_group_is_allowed_whatever_its_first_group_is() =>
        Assert.True(new PeerAllowList([], [44]).Allows(new LocalPeer(new PeerCredentials(1, 1001, 1001), [100, 44])));

    [Fact]
    public void The_own_user_is_allowed_by_an_empty_list() =>
        Assert.True(new PeerAllowList([], []).Allows(new LocalPeer(new PeerCredentials(1, EffectiveUser.Id, 1), [])));

    [Fact]
    public void A_peer_is_described_by_process_program_user_and_group()
    {
        (OwnedFd first, OwnedFd second) = UnixSocket.Pair();
        using (first)
        using (second)
        {
            PeerCredentials self = UnixSocket.Peer(first);
            Assert.Matches($"^pid {Environment.ProcessId} \\([A-Za-z0-9._:/+?-]+\\) uid {self.UserId} gid {self.GroupId}$", LocalPeer.Of(first).ToString());
        }
    }

    [Fact]
    public void A_program_that_is_gone_is_described_without_its_name() =>
        Assert.Equal("pid 4194305 uid 7 gid 8", new LocalPeer(new PeerCredentials(4194305, 7, 8), []).ToString());
}
