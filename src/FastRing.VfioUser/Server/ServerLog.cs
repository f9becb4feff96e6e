using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;
using Microsoft.Extensions.Logging;

namespace FastRing.VfioUser.Server;

/// <summary>A server's log lines: at most one a second of each class, whatever a client does.</summary>
internal sealed partial class ServerLog(ILogger logger, string name)
{
    // One class for each reason a message is rejected, and behind them the others.
    private const int FirstOther = (int)RejectionReason.Refused + 1;
    private readonly VhostUser.Backend.RateLimit _limit = new(FirstOther + 5);

    public void Connected()
    {
        if (_limit.TryPass(FirstOther))
        {
            LogConnected(logger, name);
        }
    }

    public void Disconnected()
    {
        if (_limit.TryPass(FirstOther + 1))
        {
            LogDisconnected(logger, name);
        }
    }

    public void Rejected(VfioUserCommand command, RejectionReason reason, string detail)
    {
        if (_limit.TryPass((int)reason))
        {
            LogRejected(logger, name, command, reason, detail);
        }
    }

    public void NeedsReset(string why)
    {
        if (_limit.TryPass(FirstOther + 2))
        {
            LogNeedsReset(logger, name, why);
        }
    }

    public void AcceptFailed(Exception exception)
    {
        if (_limit.TryPass(FirstOther + 3))
        {
            LogAcceptFailed(logger, name, exception);
        }
    }

    public void MemoryLost()
    {
        if (_limit.TryPass(FirstOther + 4))
        {
            LogMemoryLost(logger, name);
        }
    }

    public void Faulted(Exception exception)
    {
        if (_limit.TryPass((int)RejectionReason.Fault))
        {
            LogFaulted(logger, name, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Name}: a vfio-user client connected")]
    private static partial void LogConnected(ILogger logger, string name);

    [LoggerMessage(2, LogLevel.Information, "{Name}: the vfio-user client left")]
    private static partial void LogDisconnected(ILogger logger, string name);

    [LoggerMessage(3, LogLevel.Warning, "{Name}: {Command} rejected ({Reason}): {Detail}")]
    private static partial void LogRejected(ILogger logger, string name, VfioUserCommand command, RejectionReason reason, string detail);

    [LoggerMessage(4, LogLevel.Warning, "{Name}: the device needs a reset: {Why}")]
    private static partial void LogNeedsReset(ILogger logger, string name, string why);

    [LoggerMessage(5, LogLevel.Warning, "{Name}: can't accept a connection, trying again")]
    private static partial void LogAcceptFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(6, LogLevel.Error, "{Name}: unexpected failure")]
    private static partial void LogFaulted(ILogger logger, string name, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "{Name}: the guest's memory was truncated; its client is disconnected")]
    private static partial void LogMemoryLost(ILogger logger, string name);
}
