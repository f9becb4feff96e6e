using System.Diagnostics;

namespace FastRing.EndToEnd.Soak;

/// <summary>What a process has of what it must give back.</summary>
/// <param name="ResidentKiB">Resident memory, the guests' own pages left out.</param>
/// <param name="Descriptors">Open descriptors, but those of the assemblies it has loaded, which a runtime loads when they are first needed.</param>
/// <param name="Threads">Threads.</param>
internal sealed record ProcessUse(long ResidentKiB, int Descriptors, int Threads)
{
    public static ProcessUse Of(int id)
    {
        Dictionary<string, string> status = File.ReadLines($"/proc/{id}/status").Select(l => l.Split(':', 2)).ToDictionary(p => p[0], p => p[1].Trim());
        return new ProcessUse(Kilobytes(status["RssAnon"]) + Kilobytes(status["RssFile"]), Directory.GetFiles($"/proc/{id}/fd").Count(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.Name.EndsWith(".dll", StringComparison.Ordinal) != true), int.Parse(status["Threads"]));
    }

    /// <summary>Waits until it has no more descriptors and threads than before: both come back when what they served has ended, not at once.</summary>
    public async Task AssertGrewNoMoreAsync(int id, long kibibytes)
    {
        ProcessUse now = Of(id);
        for (long start = Stopwatch.GetTimestamp(); (now.Descriptors > Descriptors || now.Threads > Threads) && Stopwatch.GetElapsedTime(start) < GuestRig.Patience; now = Of(id))
        {
            await Task.Delay(100);
        }

        Assert.True(now.Descriptors <= Descriptors && now.Threads <= Threads && now.ResidentKiB <= ResidentKiB + kibibytes, $"process {id}: {this} became {now}");
    }

    private static long Kilobytes(string text) => long.Parse(text.Split(' ')[0]);
}
