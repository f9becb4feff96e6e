namespace FastRing.Tests.Models;

/// <summary>The two ends a schedule's device may have.</summary>
internal static class DeviceEnds
{
    public static IDeviceEnd Make(Schedule schedule, RingVariant variant) => schedule.AnyOrder
        ? new SpanEnd(schedule.Capacity, schedule.Direction, variant.InOrder)
        : new BatchEnd(schedule.Capacity, schedule.Direction);
}
