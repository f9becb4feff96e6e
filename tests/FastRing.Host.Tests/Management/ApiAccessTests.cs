using FastRing.Console.Endpoints;
using FastRing.Host.Management;
using FastRing.Interop;

namespace FastRing.Host.Tests.Management;

/// <summary>Who may do what.</summary>
public sealed class ApiAccessTests
{
    private readonly ApiAccess _access = new(new ApiConfig
    {
        Admins = new ApiUsers { Uids = [1001], Gids = [27] },
        Readers = new ApiUsers { Uids = [1002], Gids = [100] },
    });

    [Theory]
    [InlineData(0u, 0u, 0u, ApiRole.Admin)]
    [InlineData(1001u, 5u, 5u, ApiRole.Admin)]
    [InlineData(7u, 27u, 5u, ApiRole.Admin)]
    [InlineData(7u, 5u, 27u, ApiRole.Admin)]
    [InlineData(1002u, 5u, 5u, ApiRole.Reader)]
    [InlineData(7u, 100u, 5u, ApiRole.Reader)]
    [InlineData(7u, 5u, 100u, ApiRole.Reader)]
    [InlineData(1002u, 27u, 5u, ApiRole.Admin)]
    [InlineData(7u, 5u, 5u, ApiRole.None)]
    public void A_user_or_one_of_its_groups_has_the_role(uint user, uint group, uint otherGroup, object role) =>
        Assert.Equal((ApiRole)role, _access.RoleOf(new LocalPeer(new PeerCredentials(1, user, group), [otherGroup])));

    [Fact]
    public void The_daemons_own_user_is_an_admin() =>
        Assert.Equal(ApiRole.Admin, new ApiAccess(new ApiConfig()).RoleOf(new LocalPeer(new PeerCredentials(1, EffectiveUser.Id, 5), [])));

    [Fact]
    public void Changed_rules_hold_for_the_next_request()
    {
        var peer = new LocalPeer(new PeerCredentials(1, 1001, 5), []);
        _access.Change(new ApiConfig { Readers = new ApiUsers { Uids = [1001] } });
        Assert.Equal(ApiRole.Reader, _access.RoleOf(peer));
    }
}
