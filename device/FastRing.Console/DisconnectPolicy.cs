namespace FastRing.Console;

/// <summary>What becomes of what a guest sent to a host client that left before it took it.</summary>
public enum DisconnectPolicy
{
    /// <summary>
    /// It is discarded, and so is what the guest goes on sending until it has taken notice: the next client sees nothing that was meant for
    /// the one before. As with QEMU, but for the guest taking notice.
    /// </summary>
    Discard,

    /// <summary>The next client gets it: for a stream whose reader may be restarted.</summary>
    Keep,
}
