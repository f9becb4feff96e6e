using FastRing.Qemu;

namespace FastRing.EndToEnd.Installing;

/// <summary>A Debian of the same release as this machine's with nothing but apt and systemd, to be root in; gone after the tests. Making it, and being root in it, takes root, or sudo that does not ask.</summary>
public sealed class FreshDebian : IAsyncLifetime
{
    private const string Packages = "/packages";

    /// <summary>Mounts what a program expects, where nobody else sees it, and the packages. Of this machine's devices it has those that have nothing behind them: packages may set modes. Everything ends with the script.</summary>
    private const string Enter =
        """
        mount --bind -o ro "$2" "$1/packages"
        mount -t proc proc "$1/proc"
        mount --rbind -o ro /sys "$1/sys"
        mount --make-rslave "$1/sys"
        mount -t tmpfs -o mode=755 dev "$1/dev"
        mkdir "$1/dev/pts" "$1/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=666 devpts "$1/dev/pts"
        mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
        for node in null zero full random urandom tty; do touch "$1/dev/$node"; mount --bind "/dev/$node" "$1/dev/$node"; done
        ln -s pts/ptmx "$1/dev/ptmx"
        ln -s /proc/self/fd "$1/dev/fd"
        exec env -u TMPDIR -u XDG_CACHE_HOME -u XDG_RUNTIME_DIR HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
          chroot "$1" bash -euxo pipefail -c "cd /packages; $3"
        """;

    /// <summary>Downloads, and a guest that boots, on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _root = Directory.CreateTempSubdirectory("fastring-debian-").FullName;
    private string _packages = "";

    /// <summary>Reads a file of it; a link does not lead out.</summary>
    public string Read(string path) => File.ReadAllText(PathOf(path));

    /// <summary>Where a file of it is.</summary>
    public string PathOf(string path) => _root + path;

    public async ValueTask InitializeAsync()
    {
        Task<string> packages = BuiltPackages.Folder;
        string release = File.ReadLines("/etc/os-release").First(l => l.StartsWith("VERSION_CODENAME=", StringComparison.Ordinal)).Split('=')[1];
        await AsRootAsync("mmdebstrap", "--quiet", "--variant=apt", "--include=systemd", "--dpkgopt=force-unsafe-io", "--aptopt=Acquire::Languages \"none\"", release, _root, await DebianSuite.MirrorAsync());
        await AsRootAsync("mkdir", _root + Packages);
        _packages = await packages;
    }

    /// <summary>Runs a script in it, as root, in the packages' folder, up to the first command that fails, which none may.</summary>
    /// <returns>Standard output.</returns>
    public Task<string> RunAsync(string script) => AsRootAsync("unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-euc", Enter, "bash", _root, _packages, script);

    public async ValueTask DisposeAsync() => await AsRootAsync("rm", "-rf", "--one-file-system", _root);

    private static async Task<string> AsRootAsync(params string[] command)
    {
        string[] whole = Environment.IsPrivilegedProcess ? command : ["sudo", "-n", .. command];
        (int exit, string output, string error) = await Programs.TryRunAsync(whole[0], whole[1..], patience: Patience);
        Assert.True(exit == 0, $"{string.Join(' ', whole)} ended with {exit}: {output}{error}");
        return output;
    }
}
