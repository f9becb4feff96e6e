using System.Globalization;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.Host.Serving;

/// <summary>What a guest's configuration says about its worker and its notifications, checked.</summary>
/// <param name="Wait">What the worker does while there is nothing to do.</param>
/// <param name="Cpu">The processor the worker is tied to; null: to none.</param>
/// <param name="Coalescing">How used-buffer notifications are gathered.</param>
/// <param name="MemorySeals">What is asked of the files of the guest's memory.</param>
/// <param name="LookDelay">How long a busy guest's buffers may wait until they are looked for; zero: each is notified of.</param>
internal sealed record GuestPolicies(WaitStrategy Wait, int? Cpu, NotificationCoalescing Coalescing, MemorySealPolicy MemorySeals, TimeSpan LookDelay)
{
    private const int DefaultPollBudgetUs = 50;
    private const int LongestUs = 1_000_000;
    private const int MostBuffers = 32768; // Entries of the largest ring there can be.

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="UsageException">They say something impossible.</exception>
    public static GuestPolicies Of(GuestConfig config)
    {
        CheckRange(config, "pollBudgetUs", "a poll budget", config.PollBudgetUs, LongestUs, "microseconds");
        CheckRange(config, "lookUs", "the delay between two looks", config.LookUs, LongestUs, "microseconds");
        CheckRange(config, "coalesceUs", "a notification's delay", config.CoalesceUs, LongestUs, "microseconds");
        CheckRange(config, "coalesceBuffers", "a notification", config.CoalesceBuffers, MostBuffers, "used buffers");
        if (config.PollBudgetUs is not null && config.Wait != "adaptive")
        {
            throw Wrong(config, "pollBudgetUs", $"a poll budget goes with wait 'adaptive', not '{config.Wait}'");
        }

        return new GuestPolicies(WaitOf(config), CpuOf(config), CoalescingOf(config), SealsOf(config), TimeSpan.FromMicroseconds(config.LookUs ?? 0));
    }

    private static WaitStrategy WaitOf(GuestConfig config) => config.Wait switch
    {
        "sleep" => WaitStrategy.Sleep,
        "poll" => WaitStrategy.Poll,
        "adaptive" => WaitStrategy.PollThenSleep(TimeSpan.FromMicroseconds(config.PollBudgetUs ?? DefaultPollBudgetUs)),
        _ => throw Wrong(config, "wait", $"unknown wait '{config.Wait}': expected sleep, adaptive or poll"),
    };

    private static MemorySealPolicy SealsOf(GuestConfig config) => config.MemorySeals switch
    {
        "any" => MemorySealPolicy.Any,
        "add" => MemorySealPolicy.Add,
        "require" => MemorySealPolicy.Require,
        _ => throw Wrong(config, "memorySeals", $"unknown memorySeals '{config.MemorySeals}': expected any, add or require"),
    };

    private static int? CpuOf(GuestConfig config)
    {
        if (config.Cpu is { } cpu && !CpuAffinity.Get().Contains(cpu))
        {
            throw Wrong(config, "cpu", $"cpu {cpu}: this process may use {string.Join(", ", CpuAffinity.Get())}");
        }

        return config.Cpu;
    }

    private static NotificationCoalescing CoalescingOf(GuestConfig config) => (config.CoalesceBuffers, config.CoalesceUs) switch
    {
        (null, null) => NotificationCoalescing.Immediate,
        ({ } buffers, null) => NotificationCoalescing.ByCount(buffers),
        (null, { } us) => NotificationCoalescing.ByTime(TimeSpan.FromMicroseconds(us)),
        ({ } buffers, { } us) => NotificationCoalescing.ByCountOrTime(buffers, TimeSpan.FromMicroseconds(us)),
    };

    private static void CheckRange(GuestConfig config, string member, string what, int? value, int max, string unit)
    {
        if (value < 1 || value > max)
        {
            throw Wrong(config, member, string.Create(CultureInfo.InvariantCulture, $"{what} is for 1 to {max} {unit}, not {value}"));
        }
    }

    private static UsageException Wrong(GuestConfig config, string member, string why) => new(config.ErrorPrefix + why) { Member = member };
}
