using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Workloads.Notify;

/// <summary>How an echo is driven.</summary>
/// <param name="Ring">The ring.</param>
/// <param name="Wait">How the device's thread waits.</param>
/// <param name="Coalescing">How it gathers notifications.</param>
/// <param name="Modes">Ways to drive it, one after the other.</param>
/// <param name="Load">Buffers a second where they are paced.</param>
/// <param name="Runs">Counted rounds of all modes.</param>
/// <param name="RunTime">Of one mode in one round.</param>
/// <param name="WarmTime">How long to run before them.</param>
/// <param name="DriverCpu">Processor of the driver's thread.</param>
/// <param name="DeviceCpu">Processor of the device's thread.</param>
internal sealed record NotifyPlan(
    RingShape Ring, WaitStrategy Wait, NotificationCoalescing Coalescing, NotifyMode[] Modes, int Load, int Runs, TimeSpan RunTime, TimeSpan WarmTime,
    int DriverCpu, int DeviceCpu);
