using FastRing.Host.Serving;
using Microsoft.AspNetCore.Http;

namespace FastRing.Host.Management;

/// <summary>Finds what a path names.</summary>
internal static class ApiLookup
{
    /// <summary>The guest of that name.</summary>
    /// <exception cref="ProblemException">404: there is none.</exception>
    public static ServedGuest Guest(this ServedGuests guests, string segment)
    {
        string name = Name(segment);
        return guests.Guests.FirstOrDefault(g => g.Config.DisplayName == segment)
            ?? guests.Guests.FirstOrDefault(g => g.Config.DisplayName == name)
            ?? throw new ProblemException(StatusCodes.Status404NotFound, $"there is no guest '{name}'");
    }

    /// <summary>The port of that name or number.</summary>
    /// <exception cref="ProblemException">404: there is none.</exception>
    public static ServedPort Port(this ServedGuest guest, string segment)
    {
        string name = Name(segment);
        return guest.Find(segment) ?? throw new ProblemException(StatusCodes.Status404NotFound, $"guest '{guest.Config.DisplayName}' has no port '{name}'");
    }

    /// <summary>The path of a port.</summary>
    public static string PathOf(ServedGuest guest, ServedPort port) =>
        $"/v1/guests/{Uri.EscapeDataString(guest.Config.DisplayName)}/ports/{Uri.EscapeDataString(port.DisplayName)}";

    /// <summary>The web server decodes everything in a path but a slash. A guest without a name is called by its socket's path.</summary>
    private static string Name(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
