using FastRing.Console.Endpoints;
using FastRing.Console.Ports;

namespace FastRing.Host.Serving;

/// <summary>A port of a guest, and what was said about it.</summary>
/// <param name="Config">As configured, or changed since.</param>
/// <param name="Port">The device's port.</param>
/// <param name="Endpoint">Its host's end.</param>
internal sealed record ServedPort(PortConfig Config, Port Port, IHostEndpoint Endpoint)
{
    /// <summary>What the management API calls a console without a name.</summary>
    public const string ConsoleName = "console";

    /// <summary>What it is called on the host.</summary>
    public string DisplayName => Port.Name.Length > 0 ? Port.Name : ConsoleName;
}
