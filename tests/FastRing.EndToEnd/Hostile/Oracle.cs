using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Hostile;

/// <summary>
/// What must be true of every attack: the daemon lives, the neighbour's bytes go round meanwhile, descriptors, threads, mappings and memory are what they were once the
/// attacker has left, the counter of its class has grown by exactly as many as there were and no other has, and the log has a line of each class a second.
/// </summary>
internal static partial class Oracle
{
    private const int GrowthKiB = 6 * 1024; // What the runtime allocates between two collections; a leak of an attack done again and again is more.

    private const int PatienceMs = 90_000; // The runtime keeps a thread it has no work for another 20 s, each time it had some.

    public static async Task AssertHarmlessAsync(HostileWorld world, Attack attack)
    {
        Dictionary<string, ulong> before = (await world.LookAsync()).Counters;
        await Task.Run(() => attack.Do(world)); // Whatever is made once, such as compiled code, is there from now on.
        before = await UntilCountedAsync(world, attack, before, times: 1);
        Footprint footprint = world.Footprint();
        int lines = world.Daemon.Log.Count;
        long start = Stopwatch.GetTimestamp();

        Task attacking = Task.Run(() => Repeat(world, attack));
        do
        {
            await world.EchoAsync();
        }
        while (!attacking.IsCompleted);
        await attacking;
        await world.EchoAsync();

        if (attack.Counted is not null)
        {
            await AssertCountedAsync(world, attack, before);
        }

        await AssertNothingLeftAsync(world, footprint);
        AssertFewLines([.. world.Daemon.Log.Skip(lines)], Stopwatch.GetElapsedTime(start));
    }

    private static void Repeat(HostileWorld world, Attack attack)
    {
        for (int i = 0; i < attack.Times; i++)
        {
            attack.Do(world);
        }
    }

    private static async Task AssertCountedAsync(HostileWorld world, Attack attack, Dictionary<string, ulong> before)
    {
        Dictionary<string, ulong> seen = await UntilCountedAsync(world, attack, before, attack.Times);
        Assert.Equal(Text(Grown(before, attack, attack.Times)), Text(seen));
    }

    /// <summary>Waits until the attacker has left and the attack is counted so often; with an attack nobody can count, until he has left.</summary>
    private static async Task<Dictionary<string, ulong>> UntilCountedAsync(HostileWorld world, Attack attack, Dictionary<string, ulong> before, int times)
    {
        Dictionary<string, ulong> expected = Grown(before, attack, times);
        Dictionary<string, ulong> seen = before;
        await Task.Run(world.Visit); // One VMM is served after the other: all that left without a word have been.
        await UntilAsync(
            async () =>
            {
                (seen, bool isConnected) = await world.LookAsync();
                return !isConnected && expected.All(c => attack.Counted?.ContainsKey(c.Key) != true || seen.GetValueOrDefault(c.Key) >= c.Value);
            },
            () => $"counted as {Text(seen)} instead of {Text(expected)}");
        return seen;
    }

    private static Dictionary<string, ulong> Grown(Dictionary<string, ulong> before, Attack attack, int times)
    {
        Dictionary<string, ulong> grown = new(before);
        foreach ((string counter, ulong each) in attack.Counted ?? new Dictionary<string, ulong>())
        {
            grown[counter] = grown.GetValueOrDefault(counter) + (each * (ulong)times);
        }

        return grown;
    }

    private static async Task AssertNothingLeftAsync(HostileWorld world, Footprint before)
    {
        Footprint seen = before;
        await UntilAsync(
            () =>
            {
                seen = world.Footprint();
                return Task.FromResult(seen.IsWithin(before));
            },
            () => $"{seen} is left of {before}");
        Assert.True(seen.AnonymousKiB <= before.AnonymousKiB + GrowthKiB, $"memory went from {before.AnonymousKiB} to {seen.AnonymousKiB} KiB");
    }

    private static void AssertFewLines(IEnumerable<string> lines, TimeSpan time)
    {
        foreach (IGrouping<string, string> kind in lines.Where(l => !AdminLine().IsMatch(l)).GroupBy(ClassOf))
        {
            int most = 2 + (int)time.TotalSeconds; // One a second, wherever the seconds begin.
            int allowed = AuditLine().IsMatch(kind.Key) ? Math.Max(most, 12) : most; // Who opened a port has ten lines in ten seconds, and two that sum up.
            Assert.True(kind.Count() <= allowed, $"{kind.Count()} lines in {time.TotalSeconds:0.0} s: {kind.First()}");
        }
    }

    /// <summary>The reason of a rejection; else the line without what differs from one to the next.</summary>
    private static string ClassOf(string line) => RejectedLine().Match(line) is { Success: true } match ? match.Value : Figures().Replace(line, "");

    private static string Text(Dictionary<string, ulong> counters) =>
        string.Join(", ", counters.Where(c => c.Value > 0).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value}")));

    private static async Task UntilAsync(Func<Task<bool>> condition, Func<string> problem)
    {
        for (long end = Environment.TickCount64 + PatienceMs; !await condition();)
        {
            Assert.True(Environment.TickCount64 < end, problem());
            await Task.Delay(2);
        }
    }

    [GeneratedRegex(@"rejected \(\w+\)")]
    private static partial Regex RejectedLine();

    [GeneratedRegex(@"\d+|'[^']*'")]
    private static partial Regex Figures();

    /// <summary>Whatever an admin wants to change has a line: admins are trusted with the log.</summary>
    [GeneratedRegex(@"uid \d+ gid \d+: (POST|PUT|DELETE) .*: \d+$")]
    private static partial Regex AdminLine();

    [GeneratedRegex("opened by|left by")]
    private static partial Regex AuditLine();
}
