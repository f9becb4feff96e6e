using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace FastRing.Perf;

/// <summary>FastRing.Workloads compiled ahead of time: published into the user's cache when first asked for.</summary>
internal static class NativeAot
{
    private const string Project = "FastRing.Workloads";
    private static readonly Lazy<WorkloadProgram> s_published = new(PublishNow);

    public static WorkloadProgram Publish() => s_published.Value;

    private static WorkloadProgram PublishNow()
    {
        string root = Repository.Root;
        string checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)).AsSpan(0, 6));
        string folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "fastring", $"workloads-{checkout}");
        return Publish(root, folder);
    }

    /// <summary>Publishes the workloads of a checkout.</summary>
    /// <param name="root">Its folder with FastRing.sln.</param>
    /// <param name="folder">What the program and what it is made of go to.</param>
    /// <param name="options">What else the compiler is told.</param>
    /// <exception cref="IOException">They do not build.</exception>
    public static WorkloadProgram Publish(string root, string folder, params IEnumerable<string> options)
    {
        string output = Path.Combine(folder, "out");
        Progress.Say("publishing the workloads with NativeAOT");
        Shell.Run(
            root,
            "dotnet",
            [
                "publish", $"bench/{Project}", "-c", "Release", "-r", $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}",
                "-p:PublishAot=true", "-o", output, "--artifacts-path", Path.Combine(folder, "artifacts"), "-v", "quiet", "--nologo", .. options,
            ]);
        return new WorkloadProgram("NativeAOT", Path.Combine(output, Project), WarmSeconds: 0.3);
    }
}
