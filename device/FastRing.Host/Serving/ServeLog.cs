using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>The daemon's own log lines.</summary>
internal static partial class ServeLog
{
    [LoggerMessage(1, LogLevel.Information, "serving {Guest}, ports: {Ports}")]
    public static partial void LogServing(this ILogger logger, string guest, int ports);

    [LoggerMessage(9, LogLevel.Information, "sandbox {Mode}: user {User}, files: {Files}")]
    public static partial void LogSandbox(this ILogger logger, string mode, uint user, string files);

    [LoggerMessage(8, LogLevel.Warning, "runs as root: --user NAME has it become another once its sockets are open")]
    public static partial void LogRoot(this ILogger logger);

    [LoggerMessage(2, LogLevel.Error, "a worker's action failed")]
    public static partial void LogFault(this ILogger logger, Exception fault);

    [LoggerMessage(3, LogLevel.Information, "{Guest}: port '{Port}': opened by {Who}")]
    public static partial void LogClientAccepted(this ILogger logger, string guest, string port, string who);

    [LoggerMessage(4, LogLevel.Information, "{Guest}: port '{Port}': refused {Who}")]
    public static partial void LogClientRefused(this ILogger logger, string guest, string port, string who);

    [LoggerMessage(5, LogLevel.Information, "{Guest}: port '{Port}': {Count} more refused, the last was {Who}")]
    public static partial void LogClientsRefused(this ILogger logger, string guest, string port, ulong count, string who);

    [LoggerMessage(6, LogLevel.Information, "{Guest}: port '{Port}': left by {Who}")]
    public static partial void LogClientLeft(this ILogger logger, string guest, string port, string who);

    [LoggerMessage(7, LogLevel.Information, "{Guest}: port '{Port}': opened {Count} more times, the last by {Who}")]
    public static partial void LogClientsAccepted(this ILogger logger, string guest, string port, ulong count, string who);
}
