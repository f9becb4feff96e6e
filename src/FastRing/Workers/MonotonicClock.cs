using System.Diagnostics;

namespace FastRing.Workers;

/// <summary>Nanoseconds since some moment. Reading it is no system call, but takes as long as a message may.</summary>
public static class MonotonicClock
{
    /// <summary>Nanoseconds of a microsecond.</summary>
    public const long Microsecond = 1000;

    /// <summary>Nanoseconds of a millisecond.</summary>
    public const long Millisecond = 1000 * Microsecond;

    private const long NanosecondsPerTick = 1_000_000 / TimeSpan.TicksPerMillisecond;
    private const long Longest = long.MaxValue / 4; // So that a sum of two never overflows.

    /// <summary>Now. On Linux a <see cref="Stopwatch"/>'s ticks are nanoseconds.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>A duration; negative ones are nothing, those above 70 years are that.</summary>
    public static long Nanoseconds(TimeSpan duration) => Math.Clamp(duration.Ticks, 0, Longest / NanosecondsPerTick) * NanosecondsPerTick;
}
