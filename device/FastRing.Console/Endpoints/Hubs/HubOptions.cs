namespace FastRing.Console.Endpoints.Hubs;

/// <summary>What a hub is made of.</summary>
public sealed record HubOptions
{
    /// <summary>The most bytes of scrollback, and of buffer.</summary>
    public const int LargestSize = 256 << 20;

    /// <summary>Bytes of what the guest wrote before that a client is sent first; 0: it only sees what comes from then on.</summary>
    public int Scrollback { get; init; } = 64 * 1024;

    /// <summary>Clients at the most, the one that writes included; others are turned away. At least 1.</summary>
    public int Observers { get; init; } = 1024;

    /// <summary>Bytes a client may be behind, besides its scrollback and what its socket holds, before it is disconnected. At least 4096.</summary>
    public int Buffer { get; init; } = 256 * 1024;

    /// <summary>Whose bytes go to the guest.</summary>
    public HubWriter Writer { get; init; }

    /// <summary>
    /// How long a serial port's guest waits at a time for clients to make room. A client that took less than a sixteenth of <see cref="Buffer"/> meanwhile is
    /// not waited for any more until it has caught up. A console's guest waits for no client.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentOutOfRangeException">A figure is out of range.</exception>
    internal void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Scrollback);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Scrollback, LargestSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(Observers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Buffer, 4096);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Buffer, LargestSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(Patience, TimeSpan.Zero);
    }
}
