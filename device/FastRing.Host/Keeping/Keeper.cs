using System.Globalization;
using System.Text.Json;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Keeping;

/// <summary>
/// Holds what must not be lost when a worker dies, and sees to it that there is always one: VMMs' connections and what was said on them, the descriptors of guest memory and notifications,
/// the memory in which a worker keeps how far it has come, and the configuration in force. It understands headers, not contents, and never sees a guest's memory or a byte of its data. Its
/// own thread only.
/// </summary>
internal sealed partial class Keeper : IDisposable
{
    private static readonly TimeSpan s_lastMoment = TimeSpan.FromSeconds(10);

    /// <summary>To start a program takes processors from those who have just begun to serve.</summary>
    private static readonly TimeSpan s_breath = TimeSpan.FromMilliseconds(200);

    private const int MostRemembered = 64;

    private readonly Worker _worker;
    private readonly WorkerStart _start;
    private readonly bool _hasFile;
    private readonly bool _hasSpare;
    private readonly ILogger _logger;
    private readonly KeptGuests _guests;
    private readonly RestartPace _sparePace = new();
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<int> _buried = new();
    private RestartPace _pace = new();
    private OwnedFd _firstConfig; // The keeper's own: what workers are confined to is not for one of them to say.
    private KeptProcess? _active;
    private KeptProcess? _spare;
    private OwnedFd? _config;
    private int _dead;
    private bool _isPutOff; // The next worker is due later.
    private bool _isHungUp; // While there was no worker to be told.
    private bool _isEnding;

    /// <param name="worker">The keeper's loop.</param>
    /// <param name="start">How workers are started.</param>
    /// <param name="config">
    /// What the keeper was started with. With a configuration file, a SIGHUP is for the worker, and guests may come back. One guest's share has no spare worker: there would be one for each guest.
    /// </param>
    /// <param name="logger">The log.</param>
    /// <exception cref="IOException">The configuration can't be kept.</exception>
    public Keeper(Worker worker, WorkerStart start, DaemonConfig config, ILogger logger)
    {
        _worker = worker;
        _start = start;
        _hasFile = config.Source is not null;
        _hasSpare = !config.IsIsolated;
        _firstConfig = KeptConfig.Of(config, config.Guests, config.Api).ToFile();
        _guests = new KeptGuests(worker, new KeptSockets(config), logger);
        _guests.Over += EndIfOver;
        _logger = logger;
    }

    /// <summary>Completes with the exit code when everything has ended. Any thread.</summary>
    public Task<int> Ended => _ended.Task;

    /// <summary>What the next worker runs.</summary>
    public string Program => _start.Program;

    /// <summary>A worker serves.</summary>
    public event Action? Serving;

    /// <summary>Whether a process is one of its workers, or was one until lately: none of them may have anything run.</summary>
    public bool IsWorker(int process) => Processes().Any(p => p.Id == process) || _buried.Contains(process);

    /// <summary>Starts the first worker.</summary>
    public void Begin()
    {
        _spare = StartWorker(_start.Program);
        if (_spare is null)
        {
            Finish(ExitCode.Failed);
        }
    }

    /// <summary>Ends everything in order: VMMs are disconnected by their worker.</summary>
    public void End()
    {
        if (_isEnding)
        {
            return;
        }

        _isEnding = true;
        _upgrade?.Fail("the daemon ends");
        foreach (KeptProcess process in Processes())
        {
            process.Signal(ChildProcess.Terminate);
        }

        _worker.RunAfter(s_lastMoment, () => Processes().ToList().ForEach(p => p.Signal(ChildProcess.Kill)));
        FinishIfAlone();
    }

    /// <summary>The configuration file is to be read again; without one a closed terminal ends the daemon.</summary>
    public void HangUp()
    {
        if (!_hasFile)
        {
            End();
        }
        else if (_active is { } active)
        {
            active.Signal(ChildProcess.HangUp);
        }
        else
        {
            _isHungUp = true;
        }
    }

    public void Dispose()
    {
        foreach (KeptProcess process in Processes())
        {
            process.Signal(ChildProcess.Kill);
            process.Dispose();
        }

        _guests.Dispose();
        _firstConfig.Dispose();
        _config?.Dispose();
        _wanted?.Dispose();
    }

    private IEnumerable<KeptProcess> Processes() => ((KeptProcess?[])[_active, _spare, _upgrade?.Candidate, .. _leaving]).OfType<KeptProcess>();

    private KeptProcess? StartWorker(string program)
    {
        try
        {
            KeptProcess process = _start.Run(_worker, program, _firstConfig, _config);
            process.Heard += Hear;
            process.Ended += Bury;
            process.Misbehaved += (p, what) => _logger.LogNonsense(p.Id, what);
            return process;
        }
        catch (IOException e)
        {
            _logger.LogNotStarted(e);
            return null;
        }
    }

    private void Hear(KeptProcess process, KeeperMessage message)
    {
        switch (message.Word)
        {
            case KeeperWord.Waiting when message.Text == KeeperLink.Version:
                process.IsWaiting = true;
                TellWaiting(process);
                break;
            case KeeperWord.Open when process == _active:
                _guests.Open(process, JsonSerializer.Deserialize(message.Text, KeptJson.Default.KeptSocket)!);
                break;
            case KeeperWord.Close when process == _active:
                _guests.Close(message.Text);
                break;
            case KeeperWord.Serving when process == _active:
                BeginServing(process);
                break;
            case KeeperWord.Left when process == _active && _upgrade is { Candidate.IsWaiting: true }:
                Part(process);
                break;
            case KeeperWord.Configuration when process == _active && message.Fd is { } config:
                _config?.Dispose();
                _config = config;
                break;
            case KeeperWord.Changed when process == _active && message.Text == _wantedNumber.ToString(CultureInfo.InvariantCulture):
                _wanted?.Dispose();
                _wanted = null;
                break;
            case KeeperWord.Changed when process == _active:
                break; // Something else is wanted by now.
            default:
                message.Fd?.Dispose();
                throw new InvalidDataException($"says {message.Word} '{message.Text}'");
        }
    }

    private void TellWaiting(KeptProcess process)
    {
        if (process == _upgrade?.Candidate)
        {
            HaveLeave(_active);
            HandOverIfDue();
        }
        else if (_active is null)
        {
            HandOverIfDue();
        }
        else
        {
            _logger.LogSpare(process.Id);
        }
    }

    /// <summary>Makes whoever waits the one that serves, if nobody does.</summary>
    private void HandOverIfDue()
    {
        KeptProcess? next = _upgrade is { Candidate: { IsWaiting: true } candidate } ? candidate : _spare;
        if (_active is not null || _isPutOff || _isEnding || next is not { IsWaiting: true })
        {
            return;
        }

        _active = next;
        _spare = next == _spare ? null : _spare;
        next.Say(KeeperWord.TakeOver, "", _config is null ? [] : [_config]);
        if (_isHungUp)
        {
            _isHungUp = false;
            next.Signal(ChildProcess.HangUp);
        }
    }

    private void BeginServing(KeptProcess process)
    {
        _guests.CloseAllBut(process.Asked);

        process.ServingSince = Environment.TickCount64;
        _logger.LogTakenOver(process.Id, _guests.Count);
        if (_upgrade is { } upgrade && upgrade.Candidate == process)
        {
            _upgrade = null;
            _start.Program = process.Program;
            RetireSpare(); // It runs what the program was before.
            upgrade.Succeed(process.Id, _worker, s_breath); // Whoever asked for it runs a program that ends then.
        }

        TellWanted();
        Serving?.Invoke();
        if (_hasSpare)
        {
            _worker.RunAfter(s_breath, StartSpare);
        }
    }

    private void Bury(KeptProcess process, int exitCode)
    {
        // What it had begun to ask at the upgrade's door is heard only now.
        _buried.Enqueue(process.Id);
        if (_buried.Count > MostRemembered)
        {
            _buried.Dequeue();
        }

        string how = KeptProcess.Describe(exitCode);
        _leaving.Remove(process);
        if (process == _active)
        {
            BuryActive(process, how, exitCode);
        }
        else if (process == _spare)
        {
            _spare = null;
            BurySpare(process, how, exitCode);
        }
        else if (process == _upgrade?.Candidate)
        {
            _upgrade.Candidate = null;
            _upgrade.Fail($"its worker ended with {how}");
        }

        FinishIfAlone();
    }

    private void BuryActive(KeptProcess process, string how, int exitCode)
    {
        _active = null;
        if (_isEnding)
        {
            return;
        }

        _guests.Lose();
        if (_config is null)
        {
            Finish(exitCode); // It has said what is wrong with what it was to do.
            return;
        }

        if (process == _upgrade?.Candidate)
        {
            _upgrade.Candidate = null;
            _upgrade.Fail($"its worker ended with {how} when it took over");
            _upgrade = null;
        }
        else if (_upgrade is { Candidate.IsWaiting: true })
        {
            HandOverIfDue(); // As it was told.
            return;
        }

        _logger.LogDied(process.Id, how, ++_dead);
        PutOff(_pace, process.ServingSince is { } since ? TimeSpan.FromMilliseconds(Environment.TickCount64 - since) : null);
    }

    private void PutOff(RestartPace pace, TimeSpan? served)
    {
        TimeSpan delay = pace.Died(served);
        if (delay > TimeSpan.Zero)
        {
            _logger.LogPutOff(pace.Failures, (int)delay.TotalMilliseconds);
            _isPutOff = true;
            _worker.RunAfter(delay, Resume);
        }
        else
        {
            Resume();
        }
    }

    private void Resume()
    {
        _isPutOff = false;
        StartSpare();
    }

    private void StartSpare()
    {
        if (_isEnding)
        {
            return;
        }

        _spare ??= StartWorker(_start.Program);
        if (_spare is null)
        {
            _worker.RunAfter(_sparePace.Died(null), StartSpare); // The program may be back by then, or what was lacking.
        }

        HandOverIfDue();
    }

    private void BurySpare(KeptProcess process, string how, int exitCode)
    {
        if (_isEnding)
        {
            return;
        }

        if (_config is null)
        {
            Finish(exitCode);
        }
        else if (!_hasSpare)
        {
            _logger.LogDied(process.Id, how, ++_dead); // It was to serve as soon as it could.
            PutOff(_pace, null);
        }
        else
        {
            _logger.LogSpareDied(process.Id, how);
            _worker.RunAfter(_sparePace.Died(process.IsWaiting ? TimeSpan.MaxValue : null), StartSpare);
        }
    }

    private void EndIfOver()
    {
        if (!_hasFile && _guests.AreOver)
        {
            End();
        }
    }

    private void FinishIfAlone()
    {
        if (_isEnding && !Processes().Any())
        {
            Finish(ExitCode.Ok);
        }
    }

    private void Finish(int exitCode)
    {
        _isEnding = true;
        Dispose();
        _ended.TrySetResult(exitCode);
    }
}
