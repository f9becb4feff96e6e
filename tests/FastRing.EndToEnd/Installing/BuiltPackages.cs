namespace FastRing.EndToEnd.Installing;

/// <summary>What packaging/build.sh makes of this checkout, once a test run, in the user's cache.</summary>
internal static class BuiltPackages
{
    /// <summary>Others have the processors first, and there are three programs to be compiled.</summary>
    private static readonly TimeSpan Patience = 3 * GuestPrograms.Patience;

    private static readonly Lazy<Task<string>> LazyFolder = new(BuildAsync);

    /// <summary>The folder it puts them in.</summary>
    public static Task<string> Folder => LazyFolder.Value;

    private static async Task<string> BuildAsync()
    {
        await GuestPrograms.Published; // Which compiles some of it, in the same place.
        string folder = GuestPrograms.Cached("packages");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true); // What another version of this checkout has left.
        }

        (int exit, string output, string error) = await Programs.TryRunAsync(
            "nice", ["-n", "19", Path.Combine(Programs.Checkout(), "packaging", "build.sh"), folder, GuestPrograms.Cached("artifacts"), .. GuestPrograms.PublishOptions], patience: Patience);
        Assert.True(exit == 0, $"packaging/build.sh failed: {output}{error}");
        Assert.DoesNotContain("warning IL", output + error, StringComparison.Ordinal);
        return folder;
    }
}
