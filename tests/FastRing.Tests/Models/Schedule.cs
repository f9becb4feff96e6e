using CsCheck;
using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>What a driver and a device do in turn on one ring. The same schedule means the same on every ring of its size.</summary>
/// <param name="Size">Entries of the ring.</param>
/// <param name="Direction">What the device looks at.</param>
/// <param name="AnyOrder">Whether the device holds chains itself and, where the ring lets it, completes them in any order.</param>
/// <param name="Capacity">What the device's batch holds: chains, or segments.</param>
/// <param name="Steps">The steps.</param>
internal sealed record Schedule(ushort Size, ChainDirection Direction, bool AnyOrder, int Capacity, Step[] Steps)
{
    private static readonly Gen<StepKind> s_kind = Gen.Frequency(
        (24, StepKind.Add),
        (10, StepKind.PublishAvailable),
        (3, StepKind.PublishAvailableQuietly),
        (3, StepKind.DecideKick),
        (16, StepKind.Pop),
        (10, StepKind.Complete),
        (8, StepKind.CompleteAny),
        (9, StepKind.PublishUsed),
        (3, StepKind.PublishUsedQuietly),
        (3, StepKind.DecideCall),
        (10, StepKind.Take),
        (6, StepKind.DeviceSleeps),
        (6, StepKind.DriverSleeps),
        (3, StepKind.DeviceSuppresses),
        (3, StepKind.DriverSuppresses),
        (1, StepKind.PutBack),
        (1, StepKind.Restart));

    /// <summary>Random schedules for rings of one size.</summary>
    public static Gen<Schedule> Of(ushort size, int maxSteps)
    {
        Gen<Step> step = Gen.Select(s_kind, Amounts(size), Gen.UInt).Select((kind, amount, dice) => new Step(kind, amount, dice));
        return Gen.Select(Gen.Enum<ChainDirection>(), Gen.Bool, Capacities(size), step.Array[1, maxSteps])
            .Select((direction, anyOrder, capacity, steps) => new Schedule(size, direction, anyOrder, capacity, steps));
    }

    public override string ToString() => $"size {Size}, {Direction}, any order {AnyOrder}, capacity {Capacity}: {string.Join(", ", Steps)}";

    /// <summary>Mostly a few, sometimes up to what the ring holds.</summary>
    private static Gen<int> Amounts(ushort size) => Gen.Frequency((4, Gen.Int[1, Math.Min(4, (int)size)]), (1, Gen.Int[1, size]));

    /// <summary>A longest chain has 12 segments.</summary>
    private static Gen<int> Capacities(ushort size) => Gen.Frequency((4, Gen.Int[12, 96]), (1, Gen.Int[12, Math.Max(96, (int)size)]));
}
