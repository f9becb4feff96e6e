using FastRing.Host.Keeping;
using FastRing.Host.Serving;

namespace FastRing.Host.Isolation;

/// <summary>A guest with a keeper, and so a worker, of its own. Supervisor's thread only.</summary>
/// <param name="share">What it is to have.</param>
/// <param name="keeper">Its keeper.</param>
internal sealed class SupervisedGuest(DaemonConfig share, Keeper keeper)
{
    private DaemonConfig _share = share;

    public string Name => _share.Guests[0].DisplayName;

    /// <summary>What its process began with, and has rights to.</summary>
    public DaemonConfig Begun { get; private set; } = share;

    /// <summary>It is served, or was.</summary>
    public bool HasServed { get; set; }

    /// <summary>It is to end, or to begin anew.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>Completes with an exit code when nothing is left of it.</summary>
    public Task<int> Ended => keeper.Ended;

    /// <summary>Whether it can become that without its VMM's noticing: the VMM's socket stays where it is.</summary>
    public bool CanBecome(DaemonConfig share) => share.Guests[0].SocketPath == _share.Guests[0].SocketPath;

    /// <summary>What another is to have can't be had as long as this one is there: its socket, its folders.</summary>
    public bool IsInTheWayOf(DaemonConfig share) =>
        share.Guests[0].DisplayName == Name || share.Guests[0].SocketPath == _share.Guests[0].SocketPath || IsolationCheck.InTheWay(Begun, share, share.Guests[0]) is not null;

    /// <summary>Has it serve as that says. A port that it can't have is its worker's to tell.</summary>
    public void Become(DaemonConfig share)
    {
        if (!ReferenceEquals(share, _share))
        {
            _share = share;
            if (keeper.Change(KeptConfig.Of(share, share.Guests, share.Api)))
            {
                Begun = share;
            }
        }
    }

    public void Leave()
    {
        IsLeaving = true;
        keeper.End();
    }
}
