namespace FastRing.Console.Ports;

/// <summary>
/// What a port number still has to tell the driver. State, not a queue of messages: memory is one word a number whatever the driver does, and
/// nothing is lost while the driver has no control buffers. Sent from the lowest bit up.
/// </summary>
[Flags]
internal enum PendingControl : byte
{
    None = 0,

    /// <summary>PORT_REMOVE, of the port that was here.</summary>
    Remove = 1,

    /// <summary>PORT_ADD.</summary>
    Add = 2,

    /// <summary>CONSOLE_PORT.</summary>
    Console = 4,

    /// <summary>PORT_NAME.</summary>
    Name = 8,

    /// <summary>RESIZE, with the size the port has when the message is written.</summary>
    Resize = 16,

    /// <summary>PORT_OPEN, with the value the host's side has when the message is written.</summary>
    Open = 32,

    /// <summary>Those there are.</summary>
    All = 63,
}
