using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>The daemon's own log lines.</summary>
internal static partial class ServeLog
{
    [LoggerMessage(1, LogLevel.Information, "serving {Guest}, ports: {Ports}")]
    public static partial void LogServing(this ILogger logger, string guest, int ports);

    [LoggerMessage(2, LogLevel.Error, "a worker's action failed")]
    public static partial void LogFault(this ILogger logger, Exception fault);
}
