using FastRing.Console.Endpoints;

namespace FastRing.Host.Management;

/// <summary>Local users, one by one or by group.</summary>
internal sealed record ApiUsers
{
    public IReadOnlyList<uint> Uids { get; set; } = [];

    /// <summary>Groups: a process' own or any other it is in.</summary>
    public IReadOnlyList<uint> Gids { get; set; } = [];

    /// <summary>The same, to ask; root and this process' own user are always on it.</summary>
    public PeerAllowList ToList() => new(Uids, Gids);
}
