using System.Security.Cryptography;
using System.Text;

namespace FastRing.EndToEnd;

/// <summary>The static programs for guests, published once a test run into the user's cache, and where a guest finds them.</summary>
internal static class GuestPrograms
{
    /// <summary>Their folder in a guest, after <see cref="MountAsync"/>.</summary>
    public const string Folder = "/tmp/programs";

    public const string Tool = $"{Folder}/fastring-guest";
    public const string Examples = $"{Folder}/fastring-examples";

    /// <summary>Compiling ahead of time takes minutes on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    /// <summary>What dotnet is told besides: a commit alone is no reason to compile again, and what analyzers say was heard when the tests were built.</summary>
    public static readonly string[] PublishOptions = ["-p:IncludeSourceRevisionInInformationalVersion=false", "-p:RunAnalyzers=false"];

    private static readonly Lazy<Task<string>> LazyPublished = new(PublishAsync);

    /// <summary>Their folder on this machine.</summary>
    public static Task<string> Published => LazyPublished.Value;

    /// <summary>Lets a guest see them: its hostfs mounts begin at its root folder, and ".." leads out of that.</summary>
    public static async Task MountAsync(GuestRig rig) => await MountAsync(rig, await Published, Folder);

    /// <summary>Lets a guest see a folder of this machine, read-only.</summary>
    public static async Task MountAsync(GuestRig rig, string folder, string target)
    {
        const string Up = "/../../../../../../../../../../../../..";
        await rig.RunAsync($"mkdir -p {target} && mount -t hostfs -o ro,{Up}{folder} none {target}");
    }

    /// <summary>A folder of what is compiled from this checkout, in the user's cache.</summary>
    public static string Cached(string name)
    {
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Programs.Checkout())).AsSpan(0, 6));
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "fastring", $"guest-programs-{id}", name);
    }

    private static async Task<string> PublishAsync()
    {
        string checkout = Programs.Checkout();
        foreach (string project in new[] { "device/FastRing.GuestTool", "device/examples/FastRing.Examples" })
        {
            (int exit, string output, string error) = await Programs.TryRunAsync(
                "dotnet",
                [
                    "publish", project, "-c", "Release", "-r", "linux-x64", "-p:PublishAot=true", "-v", "quiet", "--nologo", .. PublishOptions,
                    "-o", Cached("out"), "--artifacts-path", Cached("artifacts"),
                ],
                folder: checkout,
                patience: Patience);
            Assert.True(exit == 0, $"publishing {project} failed: {output}{error}");
            Assert.DoesNotContain("warning IL", output, StringComparison.Ordinal);
        }

        return Cached("out");
    }
}
