using FastRing.Console.Ports;

namespace FastRing.Console.Diagnostics;

/// <summary>What measurements of a port and one of its directions are tagged with: made once, not for each of them.</summary>
internal readonly struct PortTags(ConsoleDevice device, Port port, string direction)
{
    public KeyValuePair<string, object?> Device { get; } = ConsoleMeter.Device(device);

    public KeyValuePair<string, object?> Port { get; } = ConsoleMeter.Name(port);

    public KeyValuePair<string, object?> Direction { get; } = new("direction", direction);
}
