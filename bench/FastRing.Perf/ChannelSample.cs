namespace FastRing.Perf;

/// <summary>What moving bytes one way gave.</summary>
/// <param name="MibPerSecond">How fast.</param>
/// <param name="Seconds">How long.</param>
/// <param name="ProcessorSecondsPerGib">What the host's processors spent on a GiB, without the guest's own processor; null where nothing is between the ends.</param>
/// <param name="NotificationsPerThousand">Interrupts of the device that the guest had for a thousand blocks; null where that can't be told.</param>
internal sealed record ChannelSample(double MibPerSecond, double Seconds, double? ProcessorSecondsPerGib, double? NotificationsPerThousand);
