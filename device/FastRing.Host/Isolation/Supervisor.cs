using FastRing.Host.Keeping;
using FastRing.Host.Serving;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Isolation;

/// <summary>
/// Has a process of its own serve each guest: a keeper for each, all in this process and on its loop, which sees headers of VMMs' messages and no guest's memory. What a worker has, is its
/// guest's; a worker that dies takes nobody with it and is replaced. Its own thread only.
/// </summary>
/// <param name="worker">The loop.</param>
/// <param name="start">How workers are started.</param>
/// <param name="hasFile">A configuration file may bring guests when there are none.</param>
/// <param name="loggers">The log; each guest's lines say whose they are.</param>
internal sealed class Supervisor(Worker worker, WorkerStart start, bool hasFile, ILoggerFactory loggers)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, SupervisedGuest> _guests = [];
    private readonly Dictionary<string, RestartPace> _paces = []; // Of those that did not come up.
    private readonly HashSet<string> _putOff = []; // Those that are tried again later.
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _logger = loggers.CreateLogger("fastring");
    private Dictionary<string, DaemonConfig> _wanted = [];
    private int _exitCode;
    private bool _hasBegun;
    private bool _isEnding;

    /// <summary>Completes with the exit code when everything has ended. Any thread.</summary>
    public Task<int> Ended => _ended.Task;

    /// <summary>All guests are served, for the first time.</summary>
    public event Action? Serving;

    /// <summary>What the processes of the guests that stay began with, if these are wanted.</summary>
    /// <param name="shares">What each is to have.</param>
    public IEnumerable<DaemonConfig> Staying(IEnumerable<DaemonConfig> shares) =>
        [.. shares.Select(s => _guests.TryGetValue(s.Guests[0].DisplayName, out SupervisedGuest? guest) && !guest.IsLeaving && guest.CanBecome(s) ? guest.Begun : null).OfType<DaemonConfig>()];

    /// <summary>Serves these guests, and no others: those that stay keep their VMMs.</summary>
    /// <param name="shares">What each is to have.</param>
    public void Become(IEnumerable<DaemonConfig> shares)
    {
        _wanted = _isEnding ? [] : shares.ToDictionary(s => s.Guests[0].DisplayName);
        _paces.Clear();
        _putOff.Clear();
        Settle();
    }

    /// <summary>Ends everything in order.</summary>
    public void End()
    {
        _isEnding = true;
        Become([]);
    }

    private void Settle()
    {
        foreach (SupervisedGuest guest in _guests.Values.Where(g => !(_wanted.TryGetValue(g.Name, out DaemonConfig? share) && g.CanBecome(share))).ToList())
        {
            guest.Leave();
        }

        foreach ((string name, DaemonConfig share) in _wanted.ToList())
        {
            if (_guests.Values.Any(g => g.IsLeaving && g.IsInTheWayOf(share)) || _putOff.Contains(name))
            {
                continue; // When that one is gone, or it is time.
            }

            if (_guests.TryGetValue(name, out SupervisedGuest? guest))
            {
                guest.Become(share);
            }
            else
            {
                Start(name, share);
            }
        }

        NoteBegun();
        if (_guests.Count == 0 && _putOff.Count == 0 && (_isEnding || !hasFile))
        {
            _ended.TrySetResult(_exitCode);
        }
    }

    private void Start(string name, DaemonConfig share)
    {
        var keeper = new Keeper(worker, start, share, loggers.CreateLogger($"fastring {name}"));
        var guest = new SupervisedGuest(share, keeper);
        keeper.Serving += () => NoteServing(guest);
        _guests.Add(name, guest);
        keeper.Begin();
        _ = guest.Ended.ContinueWith(ended => worker.Post(() => Bury(guest, ended.Result)), TaskScheduler.Default);
    }

    private void NoteServing(SupervisedGuest guest)
    {
        guest.HasServed = true;
        _paces.Remove(guest.Name);
        NoteBegun();
    }

    /// <summary>All that are wanted have been served; one that was not may have gone in between.</summary>
    private void NoteBegun()
    {
        if (!_hasBegun && !_isEnding && _wanted.Keys.All(name => _guests.TryGetValue(name, out SupervisedGuest? guest) && guest is { HasServed: true, IsLeaving: false }))
        {
            _hasBegun = true;
            Serving?.Invoke();
        }
    }

    /// <summary>Nothing is left of a guest: it was to go, its only VMM is gone, or what it was to have is not to be had.</summary>
    private void Bury(SupervisedGuest guest, int exitCode)
    {
        _guests.Remove(guest.Name);
        if (guest.IsLeaving)
        {
            // As it was to.
        }
        else if (exitCode == ExitCode.Ok)
        {
            _wanted.Remove(guest.Name);
        }
        else if (_hasBegun)
        {
            PutOff(guest.Name, exitCode);
        }
        else
        {
            _exitCode = exitCode; // As a daemon that can't serve one of its guests does not start.
            End();
        }

        Settle();
    }

    private void PutOff(string name, int exitCode)
    {
        RestartPace pace = _paces.GetValueOrDefault(name) ?? (_paces[name] = new RestartPace());
        TimeSpan delay = pace.Died(null);
        delay = delay < s_pause ? s_pause : delay;
        _logger.LogPutOff(name, KeptProcess.Describe(exitCode), (int)delay.TotalMilliseconds);
        _putOff.Add(name);
        worker.RunAfter(delay, () =>
        {
            if (_putOff.Remove(name))
            {
                Settle();
            }
        });
    }
}
