namespace FastRing.Console.Ports;

/// <summary>Something happened to a port, or to the device.</summary>
/// <param name="Kind">What.</param>
/// <param name="Port">Which port; null for what concerns the device as a whole.</param>
/// <param name="Detail">For people: who it was, or why; null where there is no more to say.</param>
public readonly record struct PortEvent(PortEventKind Kind, Port? Port, string? Detail = null);
