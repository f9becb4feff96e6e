namespace FastRing.Console;

/// <summary>What happened on a device's control queues since it was made.</summary>
/// <param name="ControlReceived">Messages the driver sent.</param>
/// <param name="ControlMalformed">Messages too short to be one: ignored.</param>
/// <param name="ControlUnknown">Messages with an unknown event or port: ignored.</param>
/// <param name="ControlSent">Messages sent to the driver.</param>
/// <param name="ControlBuffersTooSmall">Control buffers of the driver that did not hold the message meant for them.</param>
/// <param name="BrokenQueues">Queues stopped because their ring was malformed.</param>
/// <param name="EmergencyBytes">Bytes of emergency output a console's endpoint took.</param>
/// <param name="EmergencyBytesDiscarded">Those nobody took, or that came too fast.</param>
public readonly record struct ConsoleCounters(
    ulong ControlReceived,
    ulong ControlMalformed,
    ulong ControlUnknown,
    ulong ControlSent,
    ulong ControlBuffersTooSmall,
    ulong BrokenQueues,
    ulong EmergencyBytes,
    ulong EmergencyBytesDiscarded);
