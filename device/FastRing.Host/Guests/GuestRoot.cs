using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FastRing.Host.Guests;

/// <summary>
/// A folder that guests mount read-only as their root file system (hostfs). Any number of guests share it at the same time.
/// It is named after everything it was made of, so it is built once and again only when a package or a script changes.
/// </summary>
internal sealed class GuestRoot
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    private static readonly string[] Folders =
        ["bin", "sbin", "etc", "lib", "proc", "sys", "dev", "run", "tmp", "root", "var"];

    private GuestRoot(string kernel, string folder)
    {
        Kernel = kernel;
        Folder = folder;
    }

    /// <summary>The user-mode Linux kernel whose module the folder contains.</summary>
    public string Kernel { get; }

    /// <summary>The folder's absolute path.</summary>
    public string Folder { get; }

    /// <summary>Finds or builds the folder. Several processes may do so at once.</summary>
    /// <param name="packages">All of them must be there.</param>
    /// <param name="cacheFolder">Where to keep it; by default $XDG_CACHE_HOME/fastring or ~/.cache/fastring, else a temporary folder.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="GuestException">A package is missing, or the folder cannot be written.</exception>
    public static async Task<GuestRoot> PrepareAsync(
        GuestPackages packages, string? cacheFolder = null, CancellationToken cancellationToken = default)
    {
        if (packages.Missing is { } missing)
        {
            throw new GuestException(missing);
        }

        Dictionary<string, string> copies = await CopiesAsync(packages, cancellationToken).ConfigureAwait(false);
        string cache = Path.GetFullPath(cacheFolder ?? DefaultCacheFolder());
        string folder = Path.Combine(cache, "guest-root-" + Fingerprint(copies));
        if (!Directory.Exists(folder))
        {
            try
            {
                await BuildAsync(folder, copies, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new GuestException($"cannot build the guest's root folder {folder}: {e.Message}", e);
            }
        }

        return new GuestRoot(packages.Kernel!, folder);
    }

    // From the path in the guest to the file of this machine.
    private static async Task<Dictionary<string, string>> CopiesAsync(GuestPackages packages, CancellationToken cancellationToken)
    {
        Dictionary<string, string> copies = new()
        {
            ["bin/busybox"] = packages.Busybox!,
            ["sbin/qemu-ga"] = packages.Agent!,
            ["lib/virtio_console.ko"] = packages.ConsoleModule!,
        };
        foreach (string program in new[] { packages.Busybox!, packages.Agent! })
        {
            foreach (string library in await SharedLibraries.OfAsync(program, cancellationToken).ConfigureAwait(false))
            {
                copies[library.TrimStart('/')] = library;
            }
        }

        return copies;
    }

    /// <summary>Where what guests are made of is kept: $XDG_CACHE_HOME/fastring or ~/.cache/fastring, else a temporary folder.</summary>
    public static string DefaultCacheFolder()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        string? home = Environment.GetEnvironmentVariable("HOME");
        string folder = Path.IsPathFullyQualified(cache ?? "")
            ? cache!
            : Path.Combine(home is { Length: > 0 } ? home : "/nonexistent", ".cache");
        try
        {
            return Directory.CreateDirectory(Path.Combine(folder, "fastring")).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Service users have no home.
            return Path.Combine(Path.GetTempPath(), $"fastring-{Environment.UserName}");
        }
    }

    private static string Fingerprint(Dictionary<string, string> copies)
    {
        StringBuilder inputs = new();
        foreach ((string path, string source) in copies.OrderBy(copy => copy.Key, StringComparer.Ordinal))
        {
            FileInfo file = new(File.ResolveLinkTarget(source, returnFinalTarget: true)?.FullName ?? source);
            inputs.Append(CultureInfo.InvariantCulture, $"{path} {file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        }

        foreach ((string path, string text) in GuestFiles.Scripts.Concat(GuestFiles.Texts))
        {
            inputs.Append(CultureInfo.InvariantCulture, $"{path} {text.Length}\n{text}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(inputs.ToString())))[..16];
    }

    // Built beside its final place and renamed: whoever comes second finds the name taken by an equal folder and throws his own away.
    private static async Task BuildAsync(string folder, Dictionary<string, string> copies, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        string building = $"{folder}.{Guid.NewGuid():N}";
        try
        {
            await FillAsync(building, copies, cancellationToken).ConfigureAwait(false);
            Directory.Move(building, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
        finally
        {
            if (Directory.Exists(building))
            {
                Directory.Delete(building, recursive: true);
            }
        }
    }

    private static async Task FillAsync(string folder, Dictionary<string, string> copies, CancellationToken cancellationToken)
    {
        foreach (string name in Folders)
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        foreach ((string path, string source) in copies)
        {
            string copy = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(source, copy);
        }

        WriteTexts(folder);
        // glibc's utmp functions look in /var/run, busybox's too.
        File.CreateSymbolicLink(Path.Combine(folder, "var/run"), "/run");
        File.CreateSymbolicLink(Path.Combine(folder, "var/log"), "/run/log");
        await LinkAppletsAsync(folder, copies["bin/busybox"], cancellationToken).ConfigureAwait(false);
    }

    private static void WriteTexts(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("guests run on Linux only");
        }

        foreach ((string path, string text) in GuestFiles.Texts)
        {
            File.WriteAllText(Path.Combine(folder, path), text);
        }

        foreach ((string path, string text) in GuestFiles.Scripts)
        {
            string script = Path.Combine(folder, path);
            File.WriteAllText(script, text);
            File.SetUnixFileMode(script, Executable);
        }
    }

    private static async Task LinkAppletsAsync(string folder, string busybox, CancellationToken cancellationToken)
    {
        CommandResult list = await HostCommand.RunAsync(busybox, ["--list"], null, cancellationToken).ConfigureAwait(false);
        foreach (string applet in list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string link = Path.Combine(folder, "bin", applet);
            if (!File.Exists(link))
            {
                File.CreateSymbolicLink(link, "busybox");
            }
        }
    }
}
