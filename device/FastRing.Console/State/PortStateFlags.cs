namespace FastRing.Console.State;

/// <summary>The yes and no of a port's state. Bits are never given another meaning.</summary>
[Flags]
internal enum PortStateFlags : ushort
{
    None = 0,

    /// <summary>There is a port; else it is only a number that ports have had.</summary>
    Occupied = 1 << 0,

    /// <summary>It is a console.</summary>
    Console = 1 << 1,

    /// <summary>The driver said PORT_READY 1.</summary>
    Ready = 1 << 2,

    /// <summary>The driver said PORT_READY 0.</summary>
    Failed = 1 << 3,

    /// <summary>The guest has it open.</summary>
    GuestOpen = 1 << 4,

    /// <summary>The driver was told of a port here.</summary>
    Known = 1 << 5,

    /// <summary>The driver has not dealt with the removal of one.</summary>
    Leaving = 1 << 6,

    /// <summary>The driver has known another one here before.</summary>
    Reused = 1 << 7,

    /// <summary>The driver was told last that the host's side is open.</summary>
    OpenTold = 1 << 8,

    /// <summary>It is to be told again.</summary>
    TellsAgain = 1 << 9,

    /// <summary>What the guest sends is for a client that is gone.</summary>
    Draining = 1 << 10,

    /// <summary>The driver has dealt with that.</summary>
    GoneHeard = 1 << 11,

    /// <summary>The transmit queue stopped, and what is on it is there when it starts again.</summary>
    TransmitPaused = 1 << 12,

    /// <summary>Its terminal has a size.</summary>
    HasSize = 1 << 13,

    /// <summary>The receive queue ran.</summary>
    HasReceive = 1 << 14,

    /// <summary>Those there are.</summary>
    All = (1 << 15) - 1,
}
