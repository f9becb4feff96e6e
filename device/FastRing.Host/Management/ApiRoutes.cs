using FastRing.Host.Management.Routes;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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
        new DaemonRoutes(reload).Map(Tagged(v1, "daemon"));
        new GuestRoutes(guests).Map(Tagged(v1, "guests"));
        new PortRoutes(guests).Map(Tagged(v1, "ports"));
        new RecordingRoutes(guests, stopping).Map(Tagged(v1, "ports"));
        new AgentRoutes(guests).Map(Tagged(v1, "agent"));
        new EventRoutes(guests, events, stopping).Map(Tagged(v1, "events"));
        app.MapOpenApi("/openapi/{documentName}.json");
    }

    private static RouteGroupBuilder Tagged(RouteGroupBuilder v1, string tag) => v1.MapGroup("").WithTags(tag);
}
