using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>
/// Which local users a unix socket is for, by what the kernel says of them (SO_PEERCRED, SO_PEERGROUPS): file modes don't tell users of a group apart, and an abstract
/// name has none. Root and the user this process runs as are always allowed.
/// </summary>
public sealed class PeerAllowList
{
    private readonly HashSet<uint> _users;
    private readonly HashSet<uint> _groups;

    /// <summary>Makes a list.</summary>
    /// <param name="users">Numbers of the users that are allowed.</param>
    /// <param name="groups">Numbers of the groups whose members are allowed.</param>
    public PeerAllowList(IEnumerable<uint> users, IEnumerable<uint> groups)
    {
        _users = [.. users, 0];
        _groups = [.. groups];
    }

    /// <summary>What is said to, and of, one that is turned away.</summary>
    public const string WhyRefused = "not on the allow-list";

    /// <summary>True when it may connect.</summary>
    public bool Allows(LocalPeer peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return _users.Contains(peer.Credentials.UserId) || peer.Credentials.UserId == EffectiveUser.Id || _groups.Contains(peer.Credentials.GroupId) || peer.Groups.Any(_groups.Contains);
    }
}
