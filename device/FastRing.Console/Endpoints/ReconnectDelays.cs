namespace FastRing.Console.Endpoints;

/// <summary>How long a connection that ended, or could not be made, is waited with: twice as long after each failure.</summary>
/// <param name="First">After the first.</param>
/// <param name="Last">At the most.</param>
public readonly record struct ReconnectDelays(TimeSpan First, TimeSpan Last)
{
    /// <summary>From 50 ms to 2 s.</summary>
    public static ReconnectDelays Default { get; } = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2));
}
