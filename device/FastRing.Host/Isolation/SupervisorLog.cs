using Microsoft.Extensions.Logging;

namespace FastRing.Host.Isolation;

/// <summary>The supervisor's own log lines.</summary>
internal static partial class SupervisorLog
{
    [LoggerMessage(1, LogLevel.Error, "supervisor: {Guest} can't be served ({How}); it is tried again in {Milliseconds} ms, and when the configuration is read again")]
    public static partial void LogPutOff(this ILogger logger, string guest, string how, int milliseconds);

    [LoggerMessage(2, LogLevel.Information, "supervisor: {File} read again, guests: {Guests}")]
    public static partial void LogRead(this ILogger logger, string file, int guests);
}
