using System.Net;

namespace FastRing.Host.Client;

/// <summary>The daemon did not do what was asked.</summary>
internal sealed class ApiException(int exitCode, Problem problem) : Exception(problem.ToString())
{
    /// <summary>One of <see cref="Host.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    public Problem Problem { get; } = problem;

    public static ApiException Failed(string detail) => new(Host.ExitCode.Failed, new Problem("failed", detail, null));

    public static ApiException NotFound(string detail) => new(Host.ExitCode.NotFound, new Problem("not found", detail, null));

    public static ApiException NoDaemon(string detail) => new(Host.ExitCode.NoDaemon, new Problem("no daemon", detail, null));

    public static ApiException TimedOut(string detail) => new(Host.ExitCode.TimedOut, new Problem("timed out", detail, null));

    /// <summary>What the daemon answered instead of what was asked for.</summary>
    public static ApiException Refused(HttpStatusCode status, Problem problem) => new(
        status switch
        {
            HttpStatusCode.NotFound => Host.ExitCode.NotFound,
            HttpStatusCode.RequestTimeout or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => Host.ExitCode.TimedOut,
            _ => Host.ExitCode.Failed,
        },
        problem with { Status = (int)status });
}
