using Microsoft.Extensions.Logging;

namespace FastRing.Host.Management;

/// <summary>The management API's log lines: who changed what, and what went wrong.</summary>
internal static partial class ManagementLog
{
    [LoggerMessage(101, LogLevel.Information, "management API on {Path}")]
    public static partial void LogApi(this ILogger logger, string path);

    [LoggerMessage(102, LogLevel.Information, "{Caller}: {Method} {Target}: {Status}")]
    public static partial void LogChange(this ILogger logger, string caller, string method, string target, int status);

    [LoggerMessage(103, LogLevel.Warning, "{Caller}: {Method} {Target}: refused")]
    public static partial void LogRefused(this ILogger logger, string caller, string method, string target);

    [LoggerMessage(104, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void LogRequestFault(this ILogger logger, string method, string path, Exception fault);

    [LoggerMessage(105, LogLevel.Information, "{File} read again: {Added} added, {Removed} removed, {Changed} changed, {Unchanged} unchanged")]
    public static partial void LogReloaded(this ILogger logger, string file, int added, int removed, int changed, int unchanged);

    [LoggerMessage(106, LogLevel.Error, "not reloaded: {Why}")]
    public static partial void LogNotReloaded(this ILogger logger, string why);

    [LoggerMessage(107, LogLevel.Error, "reloaded without {Why}")]
    public static partial void LogReloadedWithout(this ILogger logger, string why);

    [LoggerMessage(108, LogLevel.Error, "the management API could not be started")]
    public static partial void LogApiFault(this ILogger logger, Exception fault);

    [LoggerMessage(109, LogLevel.Error, "the configuration could not be read again")]
    public static partial void LogReloadFault(this ILogger logger, Exception fault);
}
