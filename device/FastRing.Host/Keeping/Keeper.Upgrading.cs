using FastRing.Interop;

namespace FastRing.Host.Keeping;

/// <content>A worker of another program takes over.</content>
internal sealed partial class Keeper
{
    /// <summary>How long a worker may take to leave in order.</summary>
    private static readonly TimeSpan s_leave = TimeSpan.FromMilliseconds(100);

    private readonly List<KeptProcess> _leaving = []; // They do not serve, will not, and are not ended yet.
    private Upgrade? _upgrade;

    /// <summary>Has a worker of another program, or of the same file as it is now, take over from the one that serves.</summary>
    public void Begin(Upgrade upgrade)
    {
        if (_upgrade is not null || _isEnding || _active?.ServingSince is null)
        {
            upgrade.Fail(_upgrade is not null ? "another upgrade is under way" : "no worker serves at the moment");
            return;
        }

        _upgrade = upgrade;
        upgrade.Failed += GiveUp;
        upgrade.Candidate = StartWorker(upgrade.Program);
        if (upgrade.Candidate is null)
        {
            upgrade.Fail($"{upgrade.Program} can't be started");
        }
        else
        {
            upgrade.Watch(_worker);
        }
    }

    /// <summary>A worker may end at any time, so it may end now: nothing is lost with it. But the kernel takes its time to give its memory back, which the guests need not wait for.</summary>
    private void HaveLeave(KeptProcess? active)
    {
        active?.Say(KeeperWord.Leave);
        _worker.RunAfter(s_leave, () =>
        {
            if (active is not null && active == _active)
            {
                active.Signal(ChildProcess.Kill);
            }
        });
    }

    /// <summary>It has left: no ring is touched, and nobody's connection open. That it is still there is nobody's business.</summary>
    private void Part(KeptProcess process)
    {
        Retire(process);
        BuryActive(process, "", ExitCode.Ok);
    }

    private void RetireSpare()
    {
        if (_spare is { } spare)
        {
            _spare = null;
            Retire(spare);
        }
    }

    /// <summary>What its end costs is memory to be taken back: not while the next has guests that wait.</summary>
    private void Retire(KeptProcess process)
    {
        _leaving.Add(process);
        _worker.RunAfter(s_breath, () => process.Signal(ChildProcess.Kill));
    }

    private void GiveUp(Upgrade upgrade)
    {
        upgrade.Candidate?.Signal(ChildProcess.Kill);
        if (upgrade == _upgrade && upgrade.Candidate is { } candidate && candidate == _active)
        {
            return; // It dies as the one that serves, and is replaced by one of the old program.
        }

        _upgrade = upgrade == _upgrade ? null : _upgrade;
    }
}
