namespace FastRing.Console;

/// <summary>How much may pass a port one way. What is over it waits where it is: in the guest's buffers, in the host client's socket.</summary>
/// <param name="BytesPerSecond">Bytes a second; 0: as many as there are.</param>
/// <param name="MessagesPerSecond">Guest buffers a second, whatever their size; 0: as many as there are.</param>
public readonly record struct RateLimit(long BytesPerSecond = 0, long MessagesPerSecond = 0)
{
    /// <summary>No limit.</summary>
    public static RateLimit None => default;

    /// <summary>What keeps within both.</summary>
    internal RateLimit Stricter(RateLimit other) => new(Stricter(BytesPerSecond, other.BytesPerSecond), Stricter(MessagesPerSecond, other.MessagesPerSecond));

    internal bool IsNone => BytesPerSecond == 0 && MessagesPerSecond == 0;

    /// <exception cref="ArgumentOutOfRangeException">A figure is negative.</exception>
    internal void ThrowIfInvalid(string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(BytesPerSecond, name);
        ArgumentOutOfRangeException.ThrowIfNegative(MessagesPerSecond, name);
    }

    private static long Stricter(long one, long other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);
}
