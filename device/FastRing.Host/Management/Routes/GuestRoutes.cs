using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FastRing.Host.Management.Routes;

/// <summary>Guests and their state.</summary>
internal sealed class GuestRoutes(ServedGuests guests)
{
    public void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/guests", List).WithName("listGuests").WithSummary("All guests with their ports.");
        v1.MapGet("/guests/{guest}", Get).WithName("getGuest").WithSummary("A guest with its ports.").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private GuestState[] List() => [.. guests.Guests.Select(States.Of)];

    private GuestState Get(string guest) => States.Of(guests.Guest(guest));
}
