namespace FastRing.Guest;

/// <summary>The host took the port away, or the device went (ENODEV).</summary>
/// <param name="message">One line that names the port.</param>
public sealed class PortRemovedException(string message) : IOException(message);
