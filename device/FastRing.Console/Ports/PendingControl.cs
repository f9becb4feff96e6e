namespace FastRing.Console.Ports;

/// <summary>
/// What a port still has to tell the driver. State, not a queue of messages: memory is one word a port whatever the driver does, and
/// nothing is lost while the driver has no control buffers.
/// </summary>
[Flags]
internal enum PendingControl : byte
{
    None = 0,

    /// <summary>PORT_ADD.</summary>
    Add = 1,

    /// <summary>CONSOLE_PORT.</summary>
    Console = 2,

    /// <summary>PORT_NAME.</summary>
    Name = 4,

    /// <summary>PORT_OPEN, with the value the host's side has when the message is written.</summary>
    Open = 8,
}
