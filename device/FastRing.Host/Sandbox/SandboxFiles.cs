using FastRing.Host.Management;
using FastRing.Host.Serving;
using FastRing.Interop.Sandbox;

namespace FastRing.Host.Sandbox;

/// <summary>Which files a daemon opens: those its configuration names, and those the runtime needs.</summary>
internal static class SandboxFiles
{
    private const LandlockAccess Sockets = LandlockAccess.MakeSocket | LandlockAccess.RemoveFile;
    private const LandlockAccess Links = LandlockAccess.MakeLink | LandlockAccess.RemoveFile;
    private const LandlockAccess Logs = LandlockAccess.WriteFile | LandlockAccess.MakeFile | LandlockAccess.RemoveFile | LandlockAccess.Truncate;
    private const LandlockAccess Pipes = LandlockAccess.ReadFile | LandlockAccess.WriteFile;
    private const LandlockAccess Devices = Pipes | LandlockAccess.ControlDevice;

    /// <summary>Libraries, zones and names; what the machine and the process are.</summary>
    private static readonly string[] s_read =
    [
        "/usr", "/lib", "/lib64", "/proc", "/sys/fs/cgroup", "/sys/devices/system", "/sys/kernel/mm",
        "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/etc/dotnet", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
        "/dev/urandom", "/dev/random",
    ];

    /// <summary>Looking up names, and checking certificates.</summary>
    private static readonly string[] s_readForInternet =
        ["/etc/hosts", "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/run/systemd/resolve"];

    /// <summary>Everybody's: Landlock can't tell those of a process from others of its user.</summary>
    private static readonly (string Path, LandlockAccess Access)[] s_terminals = [("/dev/ptmx", Devices), ("/dev/pts", Devices)];

    /// <summary>Everything, in no order; a path may be there more than once.</summary>
    public static IEnumerable<(string Path, LandlockAccess Access)> Of(DaemonConfig config, SandboxConfig sandbox)
    {
        IEnumerable<(string, LandlockAccess)> named = config.Guests.SelectMany(g => GuestDevice.Ports(g)).SelectMany(p => OfBackend(BackendText.Split(p.Backend), followsLinks: !config.IsIsolated))
            .Concat(config.IsIsolated ? [] : config.Guests.Select(g => g.SocketPath).OfType<string>().Select(p => (FolderOf(p), Sockets))) // Else its keeper listens there, and neighbours' are beside it.
            .Concat(sandbox.Folders.Select(f => (f, Sockets | Links | Logs | LandlockAccess.Read)));
        named = config.Api is null ? named : named.Append((FolderOf(config.Api.SocketPath ?? ApiPath.Default()), Sockets));
        named = config.Source is null ? named : named.Concat(WithTarget(config.Source.Path, LandlockAccess.Read, followsLinks: true));
        return named.Concat(Runtime(sandbox)).Concat(config.IsIsolated && !Backends(config).Any(b => b.Kind == "pty") ? [] : s_terminals).Concat(UsesInternet(config) || sandbox.Value == SandboxMode.On ? s_readForInternet.Select(p => (p, LandlockAccess.Read)) : []);
    }

    /// <summary>Whether a port of the configuration speaks TCP, or metrics are sent; the socket that they are fetched from is there before it is forbidden to make one.</summary>
    public static bool UsesInternet(DaemonConfig config) => Backends(config).Any(b => b.Kind is "tcp" or "tcp-connect") || config.Metrics is { Otlp: not null };

    /// <summary>Whether a port of the configuration connects to somebody, or metrics are sent.</summary>
    public static bool Connects(DaemonConfig config) => Backends(config).Any(b => Connects(b.Kind)) || config.Metrics is { Otlp: not null };

    /// <summary>Whether ports on such backends connect to somebody.</summary>
    public static bool Connects(string kind) => kind is "connect" or "tcp-connect";

    /// <summary>The folders in which a guest's ports make, change or remove something. Devices are there already.</summary>
    public static IEnumerable<string> ChangedFolders(GuestConfig guest) =>
        GuestDevice.Ports(guest).SelectMany(p => OfBackend(BackendText.Split(p.Backend), followsLinks: true)).Where(f => (f.Access & ~LandlockAccess.Read) != 0 && f.Access != Devices).Select(f => f.Path);

    /// <summary>The folders in which a guest's ports read certificates and keys, and change nothing.</summary>
    public static IEnumerable<string> ReadFolders(GuestConfig guest) =>
        GuestDevice.Ports(guest).SelectMany(p => OfBackend(BackendText.Split(p.Backend), followsLinks: true)).Where(f => (f.Access & ~LandlockAccess.Read) == 0).Select(f => f.Path);

    /// <summary>The private keys of a guest's ports.</summary>
    public static IEnumerable<string> Keys(GuestConfig guest) => GuestDevice.Ports(guest).Select(p => BackendText.Split(p.Backend).Text("tls-key")).OfType<string>();

    /// <summary>Whether a port of the configuration connects to an abstract socket.</summary>
    public static bool UsesAbstractSockets(DaemonConfig config) => Backends(config).Any(b => b.Kind == "connect" && b.Address.StartsWith('@'));

    /// <summary>The TCP ports it listens on (0: one that is free), and those it connects to.</summary>
    public static (IEnumerable<int> Listen, IEnumerable<int> Connect) Ports(DaemonConfig config) =>
    (
        [.. Backends(config).Where(b => b.Kind == "tcp").Select(PortOf), .. config.Metrics?.ListenAddress is { } address ? [address.Port] : Array.Empty<int>()],
        [.. Backends(config).Where(b => b.Kind == "tcp-connect").Select(PortOf), .. config.Metrics?.OtlpEndpoint is { } collector ? [collector.Port] : Array.Empty<int>()]);

    private static IEnumerable<BackendText> Backends(DaemonConfig config) => config.Guests.SelectMany(g => GuestDevice.Ports(g)).Select(p => BackendText.Split(p.Backend));

    /// <param name="backend">What a port is on.</param>
    /// <param name="followsLinks">
    /// Not where processes are to have nothing of each other's: one may put a link in the place of its file, and the next would have what that points to.
    /// </param>
    private static IEnumerable<(string Path, LandlockAccess Access)> OfBackend(BackendText backend, bool followsLinks) => backend.Kind switch
    {
        "unix" or "hub" or "passfd" or "resume" or "agent" when IsPath(backend) => [(FolderOf(backend.Address), Sockets)],
        "pty" when IsPath(backend) => [(FolderOf(backend.Address), Links)],
        "file" when backend.Address.StartsWith("/dev/", StringComparison.Ordinal) && !backend.Address.StartsWith("/dev/shm/", StringComparison.Ordinal) => [(backend.Address, Devices)],
        "file" => WithTarget(backend.Address, Logs, followsLinks),
        "fifo" => WithTarget(backend.Address, Pipes, followsLinks),
        "tcp" or "tcp-connect" => ((string[])["tls-cert", "tls-key", "tls-ca"]).Select(backend.Text).OfType<string>().SelectMany(p => WithTarget(p, LandlockAccess.Read, followsLinks)),
        _ => [],
    };

    /// <summary>The folder, where another file may take the place of this one, and the folder of what a link points to.</summary>
    private static IEnumerable<(string Path, LandlockAccess Access)> WithTarget(string path, LandlockAccess access, bool followsLinks)
    {
        yield return (FolderOf(path), access);
        if (followsLinks && File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target)
        {
            yield return (FolderOf(target.FullName), access);
        }
    }

    private static IEnumerable<(string Path, LandlockAccess Access)> Runtime(SandboxConfig sandbox)
    {
        foreach (string path in s_read.Append(AppContext.BaseDirectory).Concat(Frameworks()))
        {
            yield return (path, LandlockAccess.Read);
        }

        // What runs is this program, once more, and the system's loader; nothing else can.
        foreach (string path in (string[])[Environment.ProcessPath!, .. Loaders()])
        {
            yield return (path, LandlockAccess.Execute | LandlockAccess.ReadFile);
        }

        yield return ("/dev/null", Pipes);
        if (DaemonSandbox.HasDiagnostics(sandbox))
        {
            yield return (Path.GetTempPath(), Sockets | Logs | LandlockAccess.MakeFifo | LandlockAccess.Read);
        }
    }

    /// <summary>The .NET installation, where the program is not made of one file: all its folders lie below the one that has "shared".</summary>
    private static IEnumerable<string> Frameworks() => (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(FolderOf).Distinct().Select(f => f.IndexOf("/shared/", StringComparison.Ordinal) is > 0 and int end ? f[..end] : f).Distinct();

    private static IEnumerable<string> Loaders() => File.ReadLines("/proc/self/maps")
        .Select(line => line[(line.LastIndexOf(' ') + 1)..]).Where(path => Path.GetFileName(path).StartsWith("ld-", StringComparison.Ordinal)).Distinct();

    private static bool IsPath(BackendText backend) => backend.Address.Length > 0 && !backend.Address.StartsWith('@');

    private static int PortOf(BackendText backend) => int.Parse(backend.Address[(backend.Address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
}
