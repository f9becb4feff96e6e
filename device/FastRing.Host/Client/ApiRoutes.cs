using FastRing.Host.Management.Contract;

namespace FastRing.Host.Client;

/// <summary>Where the API has what.</summary>
internal static class ApiRoutes
{
    public const string Guests = "/v1/guests";
    public const string Version = "/v1/version";
    public const string Reload = "/v1/reload";

    public static string Ports(string guest) => $"{Guests}/{Uri.EscapeDataString(guest)}/ports";

    public static string Port(PortState port) => $"{Ports(port.Guest)}/{Segment(port)}";

    public static string Recording(PortState port, bool payload) => $"{Port(port)}/recording?payload={(payload ? "true" : "false")}";

    public static string Agent(string guest, string command) => $"{Guests}/{Uri.EscapeDataString(guest)}/agent/{command}";

    public static string Events(string? guest) => guest is null ? "/v1/events" : $"/v1/events?guest={Uri.EscapeDataString(guest)}";

    /// <summary>The name; the number of a port whose name a path can't have.</summary>
    private static string Segment(PortState port) => port.Name switch
    {
        "" => "console",
        "." or ".." => $"{port.Id}",
        string name => Uri.EscapeDataString(name),
    };
}
