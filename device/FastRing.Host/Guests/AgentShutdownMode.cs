namespace FastRing.Host.Guests;

/// <summary>The modes of <c>guest-shutdown</c>.</summary>
internal enum AgentShutdownMode
{
    /// <summary>Switch off.</summary>
    Powerdown,

    /// <summary>Stop the system without switching off.</summary>
    Halt,

    /// <summary>Start again.</summary>
    Reboot,
}
