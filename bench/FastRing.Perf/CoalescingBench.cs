using FastRing.Queues;

namespace FastRing.Perf;

/// <summary>A Linux guest that writes 32 KiB at a time to a port whose device gathers notifications, beside the same device when it does not.</summary>
internal static class CoalescingBench
{
    private const int LeastRuns = 5;
    private const int Buffers = 64;
    private const string Immediate = "the same guest, every notification at once";

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, MachineState machine)
    {
        await using CoalescingGuest guest = await CoalescingGuest.StartAsync();
        await guest.WriteAsync(NotificationCoalescing.Immediate); // Compiled and warm.
        var gathered = new List<GuestWrites>();
        var immediate = new List<GuestWrites>();
        for (int i = 0; i < Math.Max(request.Runs, LeastRuns); i++)
        {
            immediate.Add(await guest.WriteAsync(NotificationCoalescing.Immediate));
            gathered.Add(await guest.WriteAsync(NotificationCoalescing.ByCount(Buffers)));
        }

        machine.Remarks.Add($"User-mode Linux on one processor, the device on the other; dd writes {CoalescingGuest.WriteBytes >> 20} MiB in blocks of 32 KiB, in turn. Gathered: {Buffers} buffers, or those of a millisecond.");
        return
        [
            Row.Of("coalescing", "coalescing", "MiB/s", gathered.Select(w => w.MibPerSecond), Immediate, immediate.Select(w => w.MibPerSecond)),
            Row.Of(
                "coalescing", "notifications", NotifyBench.NotificationsUnit, gathered.Select(w => w.NotificationsPerThousand), Immediate, immediate.Select(w => w.NotificationsPerThousand)),
        ];
    }
}
