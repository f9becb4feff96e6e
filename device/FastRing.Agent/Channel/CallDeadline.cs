using System.Diagnostics;
using System.Globalization;

namespace FastRing.Agent.Channel;

/// <summary>How long a call may take, and what it waits for.</summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly string _command;
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _closing;
    private readonly long _start = Stopwatch.GetTimestamp();
    private CancellationTokenSource? _source; // Made when somebody has to wait: most calls are over before.

    public CallDeadline(string command, TimeSpan timeout, CancellationToken caller, CancellationToken closing)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, Timeout.InfiniteTimeSpan);
        _command = command;
        _timeout = timeout;
        _caller = caller;
        _closing = closing;
    }

    /// <summary>Cancelled when time is up, the caller gives up, or the channel is closed.</summary>
    public CancellationToken Token => (_source ??= Begin()).Token;

    /// <summary>Stops a call that is over before it waits.</summary>
    /// <exception cref="OperationCanceledException">Time is up, the caller gave up, or the channel is closed.</exception>
    public void ThrowIfOver()
    {
        if (_source is not null || _caller.IsCancellationRequested || _closing.IsCancellationRequested || Left == TimeSpan.Zero)
        {
            Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A shorter one within this.</summary>
    public CallDeadline Within(TimeSpan time) => new(_command, time, Token, CancellationToken.None);

    /// <summary>What is waited for now.</summary>
    public CallWait Waiting { get; set; }

    /// <summary>What a call that was stopped by <see cref="Token"/> ends with.</summary>
    public Exception Reason(OperationCanceledException stopped) =>
        _caller.IsCancellationRequested ? new OperationCanceledException($"{_command} was given up", stopped, _caller)
        : _closing.IsCancellationRequested ? new ObjectDisposedException(nameof(AgentChannel))
        : new TimeoutException($"{_command}: {What()} within {_timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s", stopped);

    public void Dispose() => _source?.Dispose();

    private TimeSpan Left => _timeout == Timeout.InfiniteTimeSpan ? _timeout
        : Stopwatch.GetElapsedTime(_start) is var passed && passed < _timeout ? _timeout - passed
        : TimeSpan.Zero;

    private CancellationTokenSource Begin()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(_caller, _closing);
        TimeSpan left = Left;
        if (left == TimeSpan.Zero)
        {
            source.Cancel();
        }
        else
        {
            source.CancelAfter(left);
        }

        return source;
    }

    private string What() => Waiting switch
    {
        CallWait.Turn => "other callers of the guest agent were not done",
        CallWait.Room => "the guest did not take what was sent to its agent",
        CallWait.Synchronization => "the guest agent did not answer guest-sync-delimited (does it run?)",
        _ => "the guest agent did not answer",
    };
}
