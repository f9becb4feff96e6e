namespace FastRing.Console.Ports;

/// <summary>Something happened to a port, or to the device.</summary>
/// <param name="Kind">What.</param>
/// <param name="Port">Which port; null for what concerns the device as a whole.</param>
public readonly record struct PortEvent(PortEventKind Kind, Port? Port);
