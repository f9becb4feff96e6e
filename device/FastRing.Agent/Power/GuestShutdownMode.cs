namespace FastRing.Agent;

/// <summary>The modes of <c>guest-shutdown</c>.</summary>
public enum GuestShutdownMode
{
    /// <summary>Switch off.</summary>
    Powerdown,

    /// <summary>Stop the system without switching off.</summary>
    Halt,

    /// <summary>Start again.</summary>
    Reboot,
}
