using Microsoft.Extensions.Logging;

namespace FastRing.Host.Keeping;

/// <summary>The keeper's log lines.</summary>
internal static partial class KeeperLog
{
    [LoggerMessage(1, LogLevel.Information, "keeper: worker {Id} has taken over, guests: {Guests}")]
    public static partial void LogTakenOver(this ILogger logger, int id, int guests);

    [LoggerMessage(2, LogLevel.Warning, "keeper: worker {Id} is gone ({How}), {Count} so far; its guests wait for another")]
    public static partial void LogDied(this ILogger logger, int id, string how, int count);

    [LoggerMessage(3, LogLevel.Warning, "keeper: {Failures} workers failed one after the other; the next is started in {Milliseconds} ms")]
    public static partial void LogPutOff(this ILogger logger, int failures, int milliseconds);

    [LoggerMessage(4, LogLevel.Warning, "keeper: spare worker {Id} is gone ({How})")]
    public static partial void LogSpareDied(this ILogger logger, int id, string how);

    [LoggerMessage(5, LogLevel.Information, "keeper: spare worker {Id} waits")]
    public static partial void LogSpare(this ILogger logger, int id);

    [LoggerMessage(6, LogLevel.Warning, "keeper: worker {Id} {What}")]
    public static partial void LogNonsense(this ILogger logger, int id, string what);

    [LoggerMessage(7, LogLevel.Warning, "keeper: {Guest}: disconnected: {Why}")]
    public static partial void LogEnded(this ILogger logger, string guest, string why);

    [LoggerMessage(8, LogLevel.Information, "keeper: {Guest}: goes on with worker {Id}")]
    public static partial void LogResumed(this ILogger logger, string guest, int id);

    [LoggerMessage(9, LogLevel.Warning, "keeper: {Guest}: {Request} was refused by the worker that goes on")]
    public static partial void LogRefused(this ILogger logger, string guest, string request);

    [LoggerMessage(10, LogLevel.Warning, "keeper: {Guest}: a VMM can't be accepted")]
    public static partial void LogNotAccepted(this ILogger logger, Exception reason, string guest);

    [LoggerMessage(11, LogLevel.Error, "keeper: failed")]
    public static partial void LogKeeperFault(this ILogger logger, Exception fault);

    [LoggerMessage(12, LogLevel.Information, "keeper: upgrade by user {User} to {Program}: worker {Id} has taken over")]
    public static partial void LogUpgraded(this ILogger logger, uint user, string program, int id);

    [LoggerMessage(13, LogLevel.Warning, "keeper: upgrade by user {User} to {Program}: {Why}; nothing has changed")]
    public static partial void LogNotUpgraded(this ILogger logger, uint user, string program, string why);

    [LoggerMessage(14, LogLevel.Warning, "keeper: refused to upgrade for user {User}, process {Id}")]
    public static partial void LogRefusedUpgrade(this ILogger logger, uint user, int id);

    [LoggerMessage(15, LogLevel.Error, "keeper: a worker can't be started")]
    public static partial void LogNotStarted(this ILogger logger, Exception reason);
}
