using FastRing.Perf.Observing;

namespace FastRing.EndToEnd.Results;

/// <summary>The copy of the rings that `observe` compares counting ones with.</summary>
public sealed class UncountedRingsTests
{
    [Fact]
    public void Of_the_rings_nothing_but_what_counts_is_left_out()
    {
        using TemporaryFolder folder = Rings();

        UncountedRings.Make(folder.FullName);

        int leftOut = 0;
        foreach (string file in Directory.GetFiles(Original, "*.cs"))
        {
            string[] rest = File.ReadAllLines(folder[Path.GetFileName(file)]);
            string[] counts = [.. File.ReadAllLines(file).Where(line => line.TrimStart().StartsWith("Counters.", StringComparison.Ordinal))];
            Assert.Equal(File.ReadAllLines(file).Except(counts), rest.Distinct());
            Assert.DoesNotContain(rest, line => line.TrimStart().StartsWith("Counters.", StringComparison.Ordinal));
            leftOut += counts.Length;
        }

        Assert.InRange(leftOut, 7, 30); // Each of the counters at least once.
    }

    [Theory]
    [InlineData("Virtqueue.cs", "Counters.Writable.Looks++;", "if (Size > 0) Counters.Writable.Looks++;", "Virtqueue.cs: 'if (Size > 0) Counters.Writable.Looks++;' is no line of its own that counts")]
    [InlineData("Virtqueue.cs", "Counters.Writable.Looks++;", "Counters.Writable.Looks = Counters.Looks + 1;", "Virtqueue.cs: 'Counters.Writable.Looks = Counters.Looks + 1;' is no line of its own that counts")]
    [InlineData("Virtqueue.cs", "Counters.Writable.Looks++;", "Count(Counters);", "VirtqueueCounters.cs has Chains, IndirectChains, Publications, Notifications, NotificationsHeld, NotificationsSuppressed, Looks; what is counted is Chains, *")]
    [InlineData("VirtqueueCounters.cs", "=> Writable.", "=> Other.", "VirtqueueCounters.cs has ; what is counted is *")]
    public void Sources_that_count_in_another_way_are_refused(string file, string known, string changed, string expected)
    {
        using TemporaryFolder folder = Rings();
        string text = File.ReadAllText(folder[file]);
        Assert.Contains(known, text, StringComparison.Ordinal);
        File.WriteAllText(folder[file], text.Replace(known, changed, StringComparison.Ordinal));

        IOException told = Assert.Throws<IOException>(() => UncountedRings.Make(folder.FullName));

        Assert.StartsWith(expected.TrimEnd('*'), told.Message, StringComparison.Ordinal);
    }

    private static string Original => Path.Combine(Programs.Checkout(), UncountedRings.Folder);

    private static TemporaryFolder Rings()
    {
        var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(Original, "*.cs"))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        return folder;
    }
}
