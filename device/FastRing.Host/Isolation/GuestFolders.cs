using FastRing.Host.Sandbox;
using FastRing.Host.Serving;

namespace FastRing.Host.Isolation;

/// <summary>The folders that a guest's process has rights to, and so whoever takes it over: rights on a folder are rights on all below it. As the kernel sees them, without links.</summary>
internal static class GuestFolders
{
    /// <summary>Where its ports, and its API, make or change something.</summary>
    public static IEnumerable<string> Changed(DaemonConfig config, GuestConfig guest)
    {
        IEnumerable<string> folders = SandboxFiles.ChangedFolders(guest);
        return (config.Api is { } api ? folders.Append(FolderOf(config.IsIsolated ? api.SocketPath! : GuestShare.ApiSocket(api, guest))) : folders).Select(Real).Distinct();
    }

    /// <summary>Where its ports read certificates and keys.</summary>
    public static IEnumerable<string> Read(GuestConfig guest) => SandboxFiles.ReadFolders(guest).Select(Real).Distinct();

    /// <summary>The keys that nobody else is to read.</summary>
    public static IEnumerable<string> Keys(GuestConfig guest) => SandboxFiles.Keys(guest).Select(k => Path.Combine(Real(FolderOf(k)), Path.GetFileName(k))).Distinct();

    /// <summary>One is the other, or lies below it.</summary>
    public static bool Overlap(string folder, string other) => IsWithin(folder, other) || IsWithin(other, folder);

    public static bool IsWithin(string folder, string other) => folder == other || folder.StartsWith(other == "/" ? other : other + '/', StringComparison.Ordinal);

    public static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    public static string Real(string folder)
    {
        string real = "/";
        foreach (string part in folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, part);
            real = Directory.Exists(next) && Directory.ResolveLinkTarget(next, returnFinalTarget: true) is { } target ? Real(target.FullName) : next;
        }

        return real;
    }
}
