namespace FastRing.Agent;

/// <summary>How a guest took a command that is not answered when it succeeds.</summary>
public enum GuestDeparture
{
    /// <summary>The agent did it and went on to its next request: the guest is going down, or is back from its suspension.</summary>
    Accepted,

    /// <summary>The agent's port closed the connection.</summary>
    Closed,

    /// <summary>Nothing more was heard: the guest went before its agent could say anything, or hangs.</summary>
    Silent,
}
