namespace FastRing.Client;

/// <summary>How a <see cref="ResumableChannel"/> behaves.</summary>
public sealed record ResumableOptions
{
    /// <summary>Wait before the first new connection; each further one waits twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest wait before a new connection.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the daemon may not be reached, or be busy with another client's session or waiting for a guest, before the channel gives up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A session whose client is away is to end for this one.</summary>
    public bool TakesOver { get; init; }

    /// <summary>Called with each connection's socket before it is used, for tests and for whoever counts. Null: nobody.</summary>
    public Action<System.Net.Sockets.Socket>? Connected { get; init; }
}
