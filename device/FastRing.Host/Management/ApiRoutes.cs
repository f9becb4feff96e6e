using FastRing.Host.Management.Routes;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace FastRing.Host.Management;

/// <summary>All paths of the management API.</summary>
internal static class ApiRoutes
{
    /// <param name="app">Where they go.</param>
    /// <param name="guests">What they are about.</param>
    /// <param name="events">What happens.</param>
    /// <param name="reload">Reads the configuration file again; null: there is none.</param>
    /// <param name="stopping">The daemon ends: no request lasts longer.</param>
    public static void Map(WebApplication app, ServedGuests guests, EventFeed events, Reload? reload, CancellationToken stopping)
    {
        RouteGroupBuilder v1 = app.MapGroup("/v1");
        new DaemonRoutes(reload).Map(v1);
        new GuestRoutes(guests).Map(v1);
        new PortRoutes(guests).Map(v1);
        new AgentRoutes(guests).Map(v1);
        new EventRoutes(guests, events, stopping).Map(v1);
        app.MapOpenApi("/openapi/{documentName}.json");
    }
}
