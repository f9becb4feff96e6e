using FastRing.Console.Endpoints;

namespace FastRing.Console;

/// <summary>A port of a device.</summary>
/// <param name="Name">What the guest finds it by: see <see cref="PortName"/>. A console needs none.</param>
/// <param name="Endpoint">The host's end. Owned by the device.</param>
/// <param name="IsConsole">A console (hvc) instead of a serial port.</param>
public sealed record PortOptions(string Name, IHostEndpoint Endpoint, bool IsConsole = false);
