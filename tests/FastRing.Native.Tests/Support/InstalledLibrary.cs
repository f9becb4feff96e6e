using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace FastRing.Native.Tests.Support;

/// <summary>libfastring.so as a user gets it: published once a test run into the user's cache, and installed there.</summary>
internal static class InstalledLibrary
{
    /// <summary>Compiling ahead of time takes minutes on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private static readonly Lazy<Task<string>> LazyPrefix = new(InstallAsync);

    /// <summary>Where it is installed: what is called PREFIX elsewhere.</summary>
    public static Task<string> Prefix => LazyPrefix.Value;

    /// <summary>The project's folder.</summary>
    public static string Project => Path.Combine(Checkout(), "interop", "FastRing.Native");

    /// <summary>This project's folder.</summary>
    public static string Tests => Path.Combine(Checkout(), "tests", "FastRing.Native.Tests");

    /// <summary>The library's file.</summary>
    public static async Task<string> FileAsync() => Path.Combine(await Prefix, "lib", "libfastring.so.1");

    private static async Task<string> InstallAsync()
    {
        string checkout = Checkout();
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(checkout)).AsSpan(0, 6));
        string folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "fastring", $"native-{id}");
        string published = Path.Combine(folder, "out");
        string output = await Shell.RunAsync(
            "dotnet",
            [
                "publish", "interop/FastRing.Native", "-c", "Release", "-r", "linux-x64", "-p:PublishAot=true", "-v", "quiet", "--nologo",
                "-p:IncludeSourceRevisionInInformationalVersion=false", // A commit alone is no reason to compile again.
                "-o", published, "--artifacts-path", Path.Combine(folder, "artifacts"),
            ],
            checkout,
            Patience);
        Assert.DoesNotContain("warning IL", output, StringComparison.Ordinal);
        string prefix = Path.Combine(folder, "prefix");
        await Shell.RunAsync("bash", [Path.Combine(Project, "install.sh"), published, prefix]);
        return prefix;
    }

    private static string Checkout([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
