namespace FastRing.Tests.Torture;

/// <summary>How a side waits that has nothing to do.</summary>
public enum Waiting
{
    /// <summary>Asks to be notified and sleeps.</summary>
    Sleep,

    /// <summary>Looks for a while, then asks and sleeps.</summary>
    PollThenSleep,

    /// <summary>Looks for ever; asks for nothing.</summary>
    Poll,
}
