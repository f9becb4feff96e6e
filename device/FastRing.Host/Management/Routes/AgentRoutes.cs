using System.Diagnostics;
using System.Text;
using FastRing.Agent;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace FastRing.Host.Management.Routes;

/// <summary>What the guest's agent can be asked.</summary>
internal sealed class AgentRoutes(ServedGuests guests)
{
    private const int MostOutputBytes = 1 << 20;
    private const int LongestExecSeconds = 600;

    /// <summary>How long an agent may take to have its port open: one that is there has.</summary>
    private static readonly TimeSpan s_openPatience = TimeSpan.FromSeconds(3);

    public void Map(RouteGroupBuilder v1)
    {
        RouteGroupBuilder agent = v1.MapGroup("/guests/{guest}/agent");
        Describe(agent.MapGet("/ping", PingAsync), "pingAgent", "How long the guest's agent takes to answer.");
        Describe(agent.MapGet("/info", InfoAsync), "getAgentInfo", "The agent's version and commands.");
        Describe(agent.MapGet("/osinfo", OsInfoAsync), "getOsInfo", "What system the guest runs.");
        Describe(agent.MapGet("/users", UsersAsync), "listUsers", "Who is logged in.");
        Describe(agent.MapGet("/interfaces", InterfacesAsync), "listInterfaces", "The guest's network interfaces.");
        Describe(agent.MapGet("/filesystems", FilesystemsAsync), "listFilesystems", "Its file systems.");
        Describe(agent.MapGet("/vcpus", VcpusAsync), "listVcpus", "Its processors.");
        Describe(agent.MapGet("/time", TimeAsync), "getTime", "Its clock.");
        Describe(agent.MapPost("/shutdown", ShutdownAsync), "shutdownGuest", "Shuts the guest down.");
        Describe(agent.MapPost("/reboot", RebootAsync), "rebootGuest", "Reboots it.");
        Describe(agent.MapPost("/halt", HaltAsync), "haltGuest", "Halts it.");
        Describe(agent.MapPost("/suspend", SuspendAsync), "suspendGuest", "Suspends it: mode is ram (default), disk or hybrid.").ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        Describe(agent.MapPost("/exec", ExecAsync), "execInGuest", "Runs a program in the guest to its end.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name, string summary) => route.WithName(name).WithSummary(summary)
        .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status502BadGateway).ProducesProblem(StatusCodes.Status504GatewayTimeout);

    private async Task<AgentPing> PingAsync(string guest, CancellationToken ended)
    {
        long start = Stopwatch.GetTimestamp();
        await CallAsync(guest, async agent =>
        {
            await agent.PingAsync(ended);
            return true;
        });
        return new AgentPing(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private Task<GuestAgentInfo> InfoAsync(string guest, CancellationToken ended) => CallAsync(guest, agent => agent.GetInfoAsync(ended));

    private Task<GuestOsInfo> OsInfoAsync(string guest, CancellationToken ended) => CallAsync(guest, agent => agent.GetOsInfoAsync(ended));

    private Task<IReadOnlyList<GuestUser>> UsersAsync(string guest, CancellationToken ended) => CallAsync(guest, agent => agent.GetUsersAsync(ended));

    private Task<IReadOnlyList<GuestNetworkInterface>> InterfacesAsync(string guest, CancellationToken ended) => CallAsync(guest, agent => agent.GetNetworkInterfacesAsync(ended));

    private Task<IReadOnlyList<GuestFilesystemInfo>> FilesystemsAsync(string guest, CancellationToken ended) => CallAsync(guest, agent => agent.GetFilesystemsAsync(ended));

    private Task<IReadOnlyList<GuestLogicalProcessor>> VcpusAsync(string guest, CancellationToken ended) => CallAsync(guest, agent => agent.GetVcpusAsync(ended));

    private Task<AgentTime> TimeAsync(string guest, CancellationToken ended) => CallAsync(guest, async agent => new AgentTime(await agent.GetTimeAsync(ended)));

    private Task<Accepted> ShutdownAsync(string guest, CancellationToken ended) => DepartAsync(guest, agent => agent.ShutdownAsync(GuestShutdownMode.Powerdown, ended));

    private Task<Accepted> RebootAsync(string guest, CancellationToken ended) => DepartAsync(guest, agent => agent.ShutdownAsync(GuestShutdownMode.Reboot, ended));

    private Task<Accepted> HaltAsync(string guest, CancellationToken ended) => DepartAsync(guest, agent => agent.ShutdownAsync(GuestShutdownMode.Halt, ended));

    private Task<Accepted> SuspendAsync(string guest, string? mode, CancellationToken ended)
    {
        GuestSuspendMode suspend = mode switch
        {
            null or "ram" => GuestSuspendMode.Ram,
            "disk" => GuestSuspendMode.Disk,
            "hybrid" => GuestSuspendMode.Hybrid,
            _ => throw new ProblemException(StatusCodes.Status422UnprocessableEntity, $"unknown mode '{mode}': expected ram, disk or hybrid"),
        };
        return DepartAsync(guest, agent => agent.SuspendAsync(suspend, ended));
    }

    private async Task<AgentExecResult> ExecAsync(string guest, [FromBody] AgentExec exec, CancellationToken ended)
    {
        if (WhyInvalid(exec) is { } why)
        {
            throw new ProblemException(StatusCodes.Status422UnprocessableEntity, why);
        }

        var command = new GuestCommand(exec.Path, exec.Arguments)
        {
            Environment = exec.Environment.Count > 0 ? exec.Environment : null,
            Input = exec.Input is null ? default : Encoding.UTF8.GetBytes(exec.Input),
            MaxOutputBytes = MostOutputBytes,
            Timeout = TimeSpan.FromSeconds(exec.TimeoutSeconds),
        };
        GuestExecResult result = await CallAsync(guest, agent => agent.ExecAsync(command, ended));
        return new AgentExecResult(result.ExitCode, result.Signal, result.OutputText, result.ErrorText, result.IsOutputTruncated || result.IsErrorTruncated);
    }

    private static string? WhyInvalid(AgentExec exec) =>
        exec.Path.Length == 0 ? "a program to run has a path"
        : exec.TimeoutSeconds is < 1 or > LongestExecSeconds ? $"a program may take 1 to {LongestExecSeconds} seconds, not {exec.TimeoutSeconds}"
        : exec.Arguments.Contains(null) || exec.Environment.Contains(null) ? "an argument, or a variable, is null"
        : exec.Environment.FirstOrDefault(v => v.IndexOf('=', StringComparison.Ordinal) < 1) is { } variable ? $"'{variable}' is no NAME=VALUE"
        : null;

    private async Task<Accepted> DepartAsync(string guest, Func<GuestAgent, Task<GuestDeparture>> depart)
    {
        await CallAsync(guest, depart);
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Asks the agent; what it has to say against it is its callers'.</summary>
    private async Task<T> CallAsync<T>(string guest, Func<GuestAgent, Task<T>> call)
    {
        ServedGuest served = guests.Guest(guest);
        (ServedPort port, AgentEndpoint endpoint) = served.Ports.Where(p => p.Endpoint is AgentEndpoint).Select(p => (p, (AgentEndpoint)p.Endpoint)).FirstOrDefault();
        if (port is null)
        {
            throw new ProblemException(
                StatusCodes.Status409Conflict,
                $$"""guest '{{served.Config.DisplayName}}' has no port with backend agent: give it {"name": "org.qemu.guest_agent.0", "backend": "agent"}""");
        }

        try
        {
            await port.Port.WaitForGuestOpenAsync(s_openPatience);
            await using var agent = new GuestAgent(endpoint.Channel);
            return await call(agent);
        }
        catch (TimeoutException e)
        {
            throw new ProblemException(StatusCodes.Status504GatewayTimeout, $"guest '{served.Config.DisplayName}': {e.Message}");
        }
        catch (Exception e) when (e is AgentException or EndOfStreamException or ObjectDisposedException)
        {
            throw new ProblemException(StatusCodes.Status502BadGateway, $"guest '{served.Config.DisplayName}': {UsageException.Plain(e)}");
        }
    }
}
