using System.Reflection;
using FastRing.Host.Management.Contract;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FastRing.Host.Management.Routes;

/// <summary>The daemon itself.</summary>
internal sealed class DaemonRoutes(Reload? reload)
{
    private static readonly DaemonVersion s_version = new(
        typeof(DaemonRoutes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "", Environment.ProcessId);

    public void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/version", GetVersion).WithName("getVersion").WithSummary("The daemon's version and process.");
        v1.MapPost("/reload", ReloadAsync).WithName("reload").WithSummary("Reads the configuration file again; ports that stay the same are not touched.")
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static DaemonVersion GetVersion() => s_version;

    private Task<ReloadResult> ReloadAsync() => reload is null
        ? throw new ProblemException(StatusCodes.Status409Conflict, "the daemon was started without --config, or with --isolate, whose first process reads the file again (SIGHUP): there is none here")
        : reload.RunAsync();
}
