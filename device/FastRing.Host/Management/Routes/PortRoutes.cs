using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace FastRing.Host.Management.Routes;

/// <summary>Ports: their state, and what can be done to them.</summary>
internal sealed class PortRoutes(ServedGuests guests)
{
    private const string Ports = "/guests/{guest}/ports";
    private const string Port = Ports + "/{port}";

    private readonly ApiChanges _changes = new(guests);

    public void Map(RouteGroupBuilder v1)
    {
        v1.MapGet(Ports, List).WithName("listPorts").WithSummary("A guest's ports.").ProducesProblem(StatusCodes.Status404NotFound);
        v1.MapPost(Ports, AddAsync).WithName("addPort").WithSummary("Gives the guest another port, described as in the configuration file.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        v1.MapGet(Port, Get).WithName("getPort").WithSummary("A port, by name or number; a console without a name is 'console'.").ProducesProblem(StatusCodes.Status404NotFound);
        v1.MapDelete(Port, RemoveAsync).WithName("removePort").WithSummary("Takes the port from the guest.").ProducesProblem(StatusCodes.Status404NotFound);
        v1.MapPut(Port + "/limits", SetLimitsAsync).WithName("setLimits").WithSummary("Says what may pass; what is null or missing has no limit.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        v1.MapPut(Port + "/size", SetSizeAsync).WithName("setSize").WithSummary("Tells the guest the size of a console's terminal.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        v1.MapPost(Port + "/disconnect", DisconnectAsync).WithName("disconnectPort").WithSummary("Sends the host's client away: the next may come.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        v1.MapGet(Port + "/output", GetOutput).WithName("getOutput").WithSummary("The last of what the guest wrote, where the host's end keeps it.")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private PortState[] List(string guest) => States.OfPorts(guests.Guest(guest));

    private PortState Get(string guest, string port)
    {
        ServedGuest served = guests.Guest(guest);
        return States.Of(served, served.Port(port));
    }

    private Task<Created<PortState>> AddAsync(string guest, [FromBody] PortConfig port)
    {
        ServedGuest served = guests.Guest(guest);
        if (GuestCheck.OfPort(served.CurrentConfig, port).ToList() is [var problem, ..])
        {
            throw new ProblemException(StatusCodes.Status422UnprocessableEntity, problem.Message);
        }

        return _changes.RunAsync(async () =>
        {
            ThrowIfFull(served);
            ThrowIfTaken(port);
            ServedPort added = await OpenAsync(served, port);
            return TypedResults.Created(ApiLookup.PathOf(served, added), States.Of(served, added));
        });
    }

    private Task<NoContent> RemoveAsync(string guest, string port) => ChangeAsync(guest, port, (served, found) => served.RemovePortAsync(found));

    private Task<NoContent> SetLimitsAsync(string guest, string port, [FromBody] LimitsConfig? limits) =>
        ChangeAsync(guest, port, (served, found) => served.SetLimitsAsync(found, limits));

    private Task<NoContent> SetSizeAsync(string guest, string port, [FromBody] TerminalSize size) => ChangeAsync(guest, port, (_, found) =>
        size.Columns == 0 || size.Rows == 0 ? throw new ProblemException(StatusCodes.Status422UnprocessableEntity, $"a terminal has 1 or more columns and rows, not {size.Columns} and {size.Rows}")
        : !found.Port.IsConsole ? throw new ProblemException(StatusCodes.Status409Conflict, $"port '{found.DisplayName}' is no console: it has no size")
        : found.Port.ResizeAsync(new ConsoleSize(size.Columns, size.Rows)));

    private Task<NoContent> DisconnectAsync(string guest, string port) => ChangeAsync(guest, port, (_, found) => found.Port.DisconnectAsync());

    private FileContentHttpResult GetOutput(string guest, string port)
    {
        ServedPort found = guests.Guest(guest).Port(port);
        return found.Endpoint is IScrollback keeper
            ? TypedResults.File(keeper.Snapshot().Bytes.ToArray(), "application/octet-stream")
            : throw new ProblemException(StatusCodes.Status409Conflict, $"port '{found.DisplayName}' ({found.Config.Backend}) keeps nothing of what its guest wrote");
    }

    private async Task<NoContent> ChangeAsync(string guest, string port, Func<ServedGuest, ServedPort, Task> change)
    {
        await _changes.RunAsync(() =>
        {
            ServedGuest served = guests.Guest(guest);
            return change(served, served.Port(port));
        });
        return TypedResults.NoContent();
    }

    /// <summary>What can't be had at the moment contradicts nothing that was said.</summary>
    private static async Task<ServedPort> OpenAsync(ServedGuest guest, PortConfig port)
    {
        try
        {
            return await guest.AddPortAsync(port);
        }
        catch (Exception e) when (e is UsageException or IOException)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, e.Message);
        }
    }

    private static void ThrowIfFull(ServedGuest guest)
    {
        if (guest.Ports.Count(p => !p.Port.IsConsole) >= GuestCheck.VhostUserPorts)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, $"guest '{guest.Config.DisplayName}' has {GuestCheck.VhostUserPorts} named ports, as many as vhost-user can number");
        }
    }

    private void ThrowIfTaken(PortConfig port)
    {
        if (GuestCheck.IsSingle(port.Backend) && guests.Guests.Any(g => g.Ports.Any(p => p.Config.Backend == port.Backend)))
        {
            throw new ProblemException(StatusCodes.Status409Conflict, $"{port.Backend} can be the backend of one port only");
        }
    }
}
