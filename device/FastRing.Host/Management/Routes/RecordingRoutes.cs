using FastRing.Console.Recording;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FastRing.Host.Management.Routes;

/// <summary>What passes a port, as long as somebody reads it. A POST: admins only, and on record.</summary>
internal sealed class RecordingRoutes(ServedGuests guests, CancellationToken stopping)
{
    public void Map(RouteGroupBuilder v1) =>
        v1.MapPost("/guests/{guest}/ports/{port}/recording", RecordAsync).WithName("recordPort")
            .WithSummary("What passes the port from now on, a line of JSON an event, until the caller leaves or the port is gone; payload=false: without the bytes themselves.")
            .Produces(StatusCodes.Status200OK, contentType: "application/x-ndjson").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);

    private async Task RecordAsync(HttpContext context, string guest, string port, bool? payload)
    {
        Console.Ports.Port found = guests.Guest(guest).Port(port).Port;
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null; // A reader that stops for a while is not cut off.
        }

        context.Response.ContentType = "application/x-ndjson";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await found.RecordAsync(context.Response.Body, new RecordingOptions(payload ?? true), ended.Token);
        }
        catch (ObjectDisposedException e)
        {
            throw new ProblemException(StatusCodes.Status404NotFound, e.Message);
        }
        catch (InvalidOperationException e) when (!context.Response.HasStarted)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, e.Message);
        }
        catch (OperationCanceledException)
        {
            // The reader left, or the daemon ends: so does the recording.
        }
    }
}
