namespace FastRing.Workloads.Notify;

/// <summary>What came of driving an echo for a while.</summary>
/// <param name="Mode">How it was driven.</param>
/// <param name="BuffersPerSecond">Buffers there and back.</param>
/// <param name="MedianUs">Half the round trips took no longer, us; null where single ones are not timed.</param>
/// <param name="P99Us">So did 99 %.</param>
/// <param name="NotificationsPerThousand">Used-buffer notifications for a thousand buffers.</param>
/// <param name="KicksPerThousand">Available-buffer notifications for a thousand buffers.</param>
/// <param name="DevicePercent">Processor time of the device's thread, % of the time that passed.</param>
/// <param name="DriverPercent">The same of the driver's.</param>
public sealed record NotifyFigures(
    NotifyMode Mode, double BuffersPerSecond, double? MedianUs, double? P99Us, double NotificationsPerThousand, double KicksPerThousand,
    double DevicePercent, double DriverPercent)
{
    /// <summary>How the round trips' times are spread; null where single ones are not timed.</summary>
    public TimeCurve? Curve { get; init; }
}
