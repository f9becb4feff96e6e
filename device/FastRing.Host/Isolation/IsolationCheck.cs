using System.Globalization;
using FastRing.Host.Management;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;

namespace FastRing.Host.Isolation;

/// <summary>What can't be had by guests whose processes share nothing, told before anything is opened.</summary>
internal static class IsolationCheck
{
    /// <exception cref="UsageException">Something of it is there: each mistake a line, that of the file if there is one.</exception>
    public static void ThrowIfWrong(DaemonConfig config)
    {
        List<ConfigProblem> problems = [.. Of(config)];
        if (problems.Count > 0)
        {
            throw config.Source?.Located(problems) ?? new UsageException(string.Join('\n', problems.Select(p => p.Message)));
        }
    }

    /// <summary>Looks at all of it.</summary>
    /// <returns>Places are paths such as <c>guests[0].ports[1].backend</c>.</returns>
    public static IEnumerable<ConfigProblem> Of(DaemonConfig config) =>
        [.. OfDaemon(config), .. config.Guests.SelectMany((g, i) => OfGuest(config, g).Select(p => p.Within(Guest(i)))), .. Bridges(config.Guests), .. Folders(config), .. Commons(config)];

    private static IEnumerable<ConfigProblem> OfDaemon(DaemonConfig config)
    {
        if (config.Metrics is { Listen: not null } or { Otlp: not null })
        {
            yield return new ConfigProblem("metrics", "with --isolate each guest's metrics are at its own management API: --api and --metrics without a port, and no --otlp");
        }

        if (config.Sandbox.Folders.Count > 0)
        {
            yield return new ConfigProblem("sandbox.folders", "--sandbox-folder is for all guests, and with --isolate they have no folder in common");
        }

        if (config.Sandbox.Diagnostics)
        {
            yield return new ConfigProblem("sandbox.diagnostics", "--diagnostics lets all guests' processes into the temporary folder, and with --isolate they have no folder in common");
        }
    }

    private static IEnumerable<ConfigProblem> OfGuest(DaemonConfig config, GuestConfig guest)
    {
        if (config.Api is { } api && (guest.Name is null or "." or ".." || SocketPath.WhyInvalid(GuestShare.ApiSocket(api, guest)) is not null))
        {
            yield return new ConfigProblem("name", $"guest '{guest.DisplayName}': with --isolate and --api each guest has a name that can be a folder's, where its own API is, and whose path a socket may have");
        }

        foreach ((string place, string backend) in GuestCheck.Singles(guest))
        {
            yield return new ConfigProblem(place, $"{guest.ErrorPrefix}{backend} is open in every guest's process, and can't be had with --isolate");
        }
    }

    /// <summary>Both ends of a bridge are in one process.</summary>
    private static IEnumerable<ConfigProblem> Bridges(IReadOnlyList<GuestConfig> guests) =>
        BridgeTable.Ends(guests).GroupBy(e => e.Name).Where(b => b.Select(e => e.Guest).Distinct().Count() > 1)
            .Select(b => new ConfigProblem(b.Last().Place, $"bridge '{b.Key}' joins two guests, which have nothing in common with --isolate"));

    /// <summary>Rights on a folder are rights on all below it: in a folder of both, one guest's process could put a socket in the place of the other's.</summary>
    private static IEnumerable<ConfigProblem> Folders(DaemonConfig config)
    {
        var taken = new List<(string Folder, GuestConfig Guest)>();
        for (int i = 0; i < config.Guests.Count; i++)
        {
            GuestConfig guest = config.Guests[i];
            foreach (string folder in FoldersOf(config, guest).Select(Real).Distinct())
            {
                if (taken.FirstOrDefault(t => t.Guest != guest && (IsWithin(folder, t.Folder) || IsWithin(t.Folder, folder))) is { Folder: { } other, Guest: { } owner })
                {
                    yield return new ConfigProblem($"{Guest(i)}.ports", $"guest '{guest.DisplayName}': its ports use {folder}, and those of '{owner.DisplayName}' {other}: with --isolate neither guest's folders are the other's, nor below them");
                    break;
                }

                taken.Add((folder, guest));
            }
        }
    }

    /// <summary>Where all guests' VMMs connect, and where the configuration is read: whoever may change something there is in all guests' place.</summary>
    private static IEnumerable<ConfigProblem> Commons(DaemonConfig config)
    {
        string? file = config.Source is { } source ? FolderOf(source.Path) : null;
        for (int i = 0; i < config.Guests.Count; i++)
        {
            GuestConfig guest = config.Guests[i];
            string[] commons = [.. config.Guests.Where(g => g != guest).Select(g => g.SocketPath).OfType<string>().Select(FolderOf), .. file is null ? Array.Empty<string>() : [file]];
            if (FoldersOf(config, guest).Select(Real).FirstOrDefault(f => commons.Any(c => IsWithin(c, f))) is { } folder)
            {
                yield return new ConfigProblem($"{Guest(i)}.ports", $"guest '{guest.DisplayName}': its ports use {folder}, where another guest's VMM connects or the configuration is: with --isolate neither is in a guest's folder, nor below one");
            }
        }
    }

    private static string FolderOf(string path) => Real(Path.GetDirectoryName(Path.GetFullPath(path))!);

    private static IEnumerable<string> FoldersOf(DaemonConfig config, GuestConfig guest)
    {
        IEnumerable<string> folders = SandboxFiles.ChangedFolders(guest);
        return config.Api is { } api ? folders.Append(Path.GetDirectoryName(Path.GetFullPath(GuestShare.ApiSocket(api, guest)))!) : folders;
    }

    private static bool IsWithin(string folder, string other) => folder == other || folder.StartsWith(other == "/" ? other : other + '/', StringComparison.Ordinal);

    /// <summary>The folder as the kernel sees it, without links.</summary>
    private static string Real(string folder)
    {
        string real = "/";
        foreach (string part in folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, part);
            real = Directory.Exists(next) && Directory.ResolveLinkTarget(next, returnFinalTarget: true) is { } target ? Real(target.FullName) : next;
        }

        return real;
    }

    private static string Guest(int index) => string.Create(CultureInfo.InvariantCulture, $"guests[{index}]");
}
