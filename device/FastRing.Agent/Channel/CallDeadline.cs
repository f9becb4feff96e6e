using System.Globalization;

namespace FastRing.Agent.Channel;

/// <summary>How long a call may take, and what it waits for.</summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly string _command;
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _closing;
    private readonly CancellationTokenSource _source;

    public CallDeadline(string command, TimeSpan timeout, CancellationToken caller, CancellationToken closing)
    {
        _command = command;
        _timeout = timeout;
        _caller = caller;
        _closing = closing;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller, closing);
        _source.CancelAfter(timeout);
    }

    /// <summary>Cancelled when time is up, the caller gives up, or the channel is closed.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What is waited for now.</summary>
    public CallWait Waiting { get; set; }

    /// <summary>What a call that was stopped by <see cref="Token"/> ends with.</summary>
    public Exception Reason(OperationCanceledException stopped) =>
        _caller.IsCancellationRequested ? new OperationCanceledException($"{_command} was given up", stopped, _caller)
        : _closing.IsCancellationRequested ? new ObjectDisposedException(nameof(AgentChannel))
        : new TimeoutException($"{_command}: {What()} within {_timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s", stopped);

    public void Dispose() => _source.Dispose();

    private string What() => Waiting switch
    {
        CallWait.Turn => "other callers of the guest agent were not done",
        CallWait.Room => "the guest did not take what was sent to its agent",
        CallWait.Synchronization => "the guest agent did not answer guest-sync-delimited (does it run?)",
        _ => "the guest agent did not answer",
    };
}
