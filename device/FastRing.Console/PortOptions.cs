using FastRing.Console.Endpoints;

namespace FastRing.Console;

/// <summary>A port of a device.</summary>
/// <param name="Name">What the guest finds it by: see <see cref="PortName"/>. A console needs none.</param>
/// <param name="Endpoint">The host's end. Owned by the device.</param>
/// <param name="IsConsole">A console (hvc) instead of a serial port.</param>
public sealed record PortOptions(string Name, IHostEndpoint Endpoint, bool IsConsole = false)
{
    /// <summary>The port's number, 0 being a console's; null: the first that is free.</summary>
    public int? Id { get; init; }

    /// <summary>What may pass it. Can be changed later.</summary>
    public PortLimits Limits { get; init; }

    /// <summary>What becomes of a serial port's output while nobody is there.</summary>
    public HostClosedPolicy WhenHostClosed { get; init; } = HostClosedPolicy.Hold;

    /// <summary>What becomes of what a client that left did not take.</summary>
    public DisconnectPolicy WhenClientLeaves { get; init; } = DisconnectPolicy.Discard;

    /// <summary>The size of a console's terminal; null: nothing is said about it. Can be changed later.</summary>
    public ConsoleSize? Size { get; init; }
}
