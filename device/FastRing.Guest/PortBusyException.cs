namespace FastRing.Guest;

/// <summary>Somebody else has the port open: the kernel lets one opener in at a time (EBUSY).</summary>
/// <param name="message">One line that names the port.</param>
public sealed class PortBusyException(string message) : IOException(message);
