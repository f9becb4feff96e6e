using FastRing.Host.Serving;

namespace FastRing.Host.Doctor;

/// <summary>Who else could put a socket in the place of the daemon's.</summary>
internal static class SocketFolderFindings
{
    private const string Check = "socket-folder";

    /// <summary>Of a folder that is not there.</summary>
    private const UnixFileMode None = (UnixFileMode)(-1);

    public static IEnumerable<Finding> Of(Subject subject) => Paths(subject)
        .Where(p => !p.StartsWith('@'))
        .Select(p => Path.GetDirectoryName(Path.GetFullPath(p)) ?? "/").Distinct()
        .Select(OfFolder);

    private static IEnumerable<string> Paths(Subject subject) => subject.Guests.SelectMany(g => GuestCheck.MadePaths(g)).Select(m => m.Path)
        .Concat(subject.Guests.Select(g => g.SocketPath).OfType<string>())
        .Concat(subject.Config?.Api?.SocketPath is { } api ? [api] : []);

    private static Finding OfFolder(string folder)
    {
        string name = MachineFiles.Shown(folder);
        try
        {
            UnixFileMode mode = Directory.Exists(folder) ? (Directory.ResolveLinkTarget(folder, returnFinalTarget: true) ?? new DirectoryInfo(folder)).UnixFileMode : None;
            return mode == None ? new Finding(Check, FindingState.Fails, $"{name} is not there", "serve does not start: it makes sockets, not folders", $"mkdir -p {name}, or RuntimeDirectory= of systemd")
                : !mode.HasFlag(UnixFileMode.OtherWrite) ? Finding.Ok(Check, name)
                : mode.HasFlag(UnixFileMode.StickyBit) ? Open($"{name} is everybody's", "while the daemon is not there, any user can put a socket in its place, and gets the VMM's memory or the clients' bytes")
                : Open($"everybody may remove files of {name}", "any user can put a socket of his own in the daemon's place, and gets the VMM's memory or the clients' bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.NotKnown(Check, $"{name} can't be looked at by this user");
        }
    }

    private static Finding Open(string seen, string why) => new(Check, FindingState.Fragile, seen, why, "a folder of the daemon's own, mode 0711 or less: RuntimeDirectory= of systemd makes one");
}
