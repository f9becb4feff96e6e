namespace FastRing.Console;

/// <summary>What may pass a port, each way. Console output is never held back: its guest spins until the buffer returns.</summary>
/// <param name="ToHost">From the guest to the host.</param>
/// <param name="ToGuest">From the host to the guest.</param>
public readonly record struct PortLimits(RateLimit ToHost = default, RateLimit ToGuest = default)
{
    /// <summary>No limits.</summary>
    public static PortLimits None => default;
}
