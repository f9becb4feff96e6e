using System.Net;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Metrics;

/// <summary>What the log says of metrics.</summary>
internal static partial class MetricsLog
{
    [LoggerMessage(401, LogLevel.Information, "metrics on http://{Address}/metrics")]
    public static partial void LogMetrics(this ILogger logger, IPEndPoint address);

    [LoggerMessage(402, LogLevel.Information, "metrics go to {Collector}")]
    public static partial void LogOtlp(this ILogger logger, Uri collector);

    [LoggerMessage(403, LogLevel.Warning, "metrics could not be sent: {Why}")]
    public static partial void LogNotExported(this ILogger logger, string why);

    [LoggerMessage(404, LogLevel.Error, "metrics could not be started")]
    public static partial void LogMetricsFault(this ILogger logger, Exception fault);
}
