using System.Globalization;
using FastRing.Host.Serving;

namespace FastRing.Host.Isolation;

/// <summary>What can't be had by guests whose processes share nothing, told before anything is opened.</summary>
internal static class IsolationCheck
{
    /// <exception cref="UsageException">Something of it is there: each mistake a line, that of the file if there is one.</exception>
    public static void ThrowIfWrong(DaemonConfig config) => ThrowIf(config, Of(config));

    /// <exception cref="UsageException">There are problems.</exception>
    public static void ThrowIf(DaemonConfig config, IEnumerable<ConfigProblem> problems)
    {
        List<ConfigProblem> all = [.. problems];
        if (all.Count > 0)
        {
            throw config.Source?.Located(all) ?? new UsageException(string.Join('\n', all.Select(p => p.Message)));
        }
    }

    /// <summary>Looks at all of it.</summary>
    /// <returns>Places are paths such as <c>guests[0].ports[1].backend</c>.</returns>
    public static IEnumerable<ConfigProblem> Of(DaemonConfig config) =>
        [.. OfDaemon(config), .. config.Guests.SelectMany((g, i) => OfGuest(config, g).Select(p => p.Within(Guest(i)))), .. Bridges(config.Guests), .. Folders(config), .. Keys(config), .. Commons(config)];

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
            yield return new ConfigProblem("name", $"guest '{guest.DisplayName}': with --isolate and --api each guest has a name that can be a folder's, where its own API is, and whose path a socket may have; a configuration file gives it one");
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

    /// <summary>
    /// What keeps a guest from what is wanted for as long as the process of another is there that began with other folders: that one has its rights to them until it ends.
    /// </summary>
    /// <param name="config">What is wanted.</param>
    /// <param name="begun">What the processes that stay began with.</param>
    public static IEnumerable<ConfigProblem> Held(DaemonConfig config, IEnumerable<DaemonConfig> begun) => begun.SelectMany(b => config.Guests.SelectMany((guest, i) =>
        guest.DisplayName != b.Guests[0].DisplayName && InTheWay(b, config, guest) is { } folder
            ? (ConfigProblem[])[new ConfigProblem($"{Guest(i)}.ports", $"guest '{guest.DisplayName}': it uses {folder}, to which the process of '{b.Guests[0].DisplayName}' has rights until that guest begins anew: leave that one out of the file once")]
            : []));

    /// <summary>A folder that a guest is to use, and the process of another has rights to; null: there is none.</summary>
    /// <param name="begun">What that process began with, one guest's share.</param>
    /// <param name="config">What the guest is of.</param>
    /// <param name="guest">The guest.</param>
    public static string? InTheWay(DaemonConfig begun, DaemonConfig config, GuestConfig guest)
    {
        string[] held = [.. GuestFolders.Changed(begun, begun.Guests[0])];
        string[] all = [.. held, .. GuestFolders.Read(begun.Guests[0])];
        string? vmms = guest.SocketPath is { } path ? Place(path) : null;
        return GuestFolders.Changed(config, guest).FirstOrDefault(f => all.Any(h => GuestFolders.Overlap(f, h)))
            ?? GuestFolders.Read(guest).FirstOrDefault(f => held.Any(h => GuestFolders.Overlap(f, h)))
            ?? (vmms is not null && held.Any(h => GuestFolders.IsWithin(vmms, h)) ? vmms : null);
    }

    /// <summary>In a folder of both, one guest's process could put a socket in the place of the other's, or a certificate.</summary>
    private static IEnumerable<ConfigProblem> Folders(DaemonConfig config)
    {
        (string[] Changed, string[] All)[] folders = [.. config.Guests.Select(g => (Changed: GuestFolders.Changed(config, g).ToArray(), Read: GuestFolders.Read(g))).Select(f => (f.Changed, f.Changed.Union(f.Read).ToArray()))];
        for (int i = 0; i < folders.Length; i++)
        {
            (string Mine, string Other, int Owner) common = Enumerable.Range(0, i).SelectMany(o =>
                folders[i].Changed.SelectMany(f => folders[o].All.Where(h => GuestFolders.Overlap(f, h)).Select(h => (f, h, o)))
                    .Concat(folders[i].All.SelectMany(f => folders[o].Changed.Where(h => GuestFolders.Overlap(f, h)).Select(h => (f, h, o))))).FirstOrDefault();
            if (common.Mine is not null)
            {
                yield return new ConfigProblem(
                    $"{Guest(i)}.ports", $"guest '{config.Guests[i].DisplayName}': its ports use {common.Mine}, and those of '{config.Guests[common.Owner].DisplayName}' {common.Other}: with --isolate neither guest's folders are the other's, nor below them");
            }
        }
    }

    /// <summary>A guest's process may read all that is in the folder of its certificates.</summary>
    private static IEnumerable<ConfigProblem> Keys(DaemonConfig config)
    {
        for (int i = 0; i < config.Guests.Count; i++)
        {
            GuestConfig guest = config.Guests[i];
            string[] read = [.. GuestFolders.Read(guest)];
            string? key = config.Guests.Where(g => g != guest).SelectMany(GuestFolders.Keys).Except(GuestFolders.Keys(guest)).FirstOrDefault(k => read.Any(r => GuestFolders.IsWithin(k, r)));
            if (key is not null)
            {
                yield return new ConfigProblem($"{Guest(i)}.ports", $"guest '{guest.DisplayName}': its certificates' folder has another guest's key {key} in it: with --isolate each key lies in a folder that no other guest reads");
            }
        }
    }

    /// <summary>Where all guests' VMMs connect, and where the configuration is read: whoever may change something there is in all guests' place.</summary>
    private static IEnumerable<ConfigProblem> Commons(DaemonConfig config)
    {
        string? file = config.Source is { } source ? Place(source.Path) : null;
        for (int i = 0; i < config.Guests.Count; i++)
        {
            GuestConfig guest = config.Guests[i];
            string[] commons = [.. config.Guests.Where(g => g != guest).Select(g => g.SocketPath).OfType<string>().Select(Place), .. file is null ? Array.Empty<string>() : [file]];
            if (GuestFolders.Changed(config, guest).FirstOrDefault(f => commons.Any(c => GuestFolders.IsWithin(c, f))) is { } folder)
            {
                yield return new ConfigProblem($"{Guest(i)}.ports", $"guest '{guest.DisplayName}': its ports use {folder}, where another guest's VMM connects or the configuration is: with --isolate neither is in a guest's folder, nor below one");
            }
        }
    }

    private static string Place(string path) => GuestFolders.Real(GuestFolders.FolderOf(path));

    private static string Guest(int index) => string.Create(CultureInfo.InvariantCulture, $"guests[{index}]");
}
