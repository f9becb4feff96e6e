namespace FastRing.Workloads.Notify;

/// <summary>A way to drive an echo.</summary>
internal interface IEchoLoop
{
    /// <summary>Drives it that long; nothing is under way before and after.</summary>
    /// <param name="driver">The driver; this thread's.</param>
    /// <param name="time">How long.</param>
    /// <param name="times">Gets the time of each round trip, where single ones are timed.</param>
    /// <returns>Buffers that came back.</returns>
    long Run(EchoDriver driver, TimeSpan time, RoundTripTimes times);
}
