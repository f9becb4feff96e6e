using FastRing.Host.Guests;

namespace FastRing.Qemu;

/// <summary>
/// A QEMU that has a generic vhost-user device (10.2 or newer) and a kernel for its guests, fetched from Debian into the user's cache when first
/// asked for: QEMU from the unstable suite with all its libraries, to be run by its own loader, and the small kernel of Debian 12 for virtual machines.
/// </summary>
internal sealed class QemuPackages
{
    private const string QemuSuite = "sid";
    private const string KernelSuite = "bookworm";
    private const string KernelPackage = "linux-image-cloud-amd64";
    private const string Libraries = "usr/lib/x86_64-linux-gnu";

    private QemuPackages(string folder, string busybox)
    {
        Folder = folder;
        Busybox = busybox;
        Kernel = Directory.GetFiles(In("boot"), "vmlinuz-*").Single();
        Modules = Directory.GetFiles(In("lib/modules"), "*.ko", SearchOption.AllDirectories).ToDictionary(f => Path.GetFileNameWithoutExtension(f));
    }

    /// <summary>Where it is unpacked.</summary>
    public string Folder { get; }

    /// <summary>The guest's shell and tools, one static program.</summary>
    public string Busybox { get; }

    /// <summary>The guest's kernel.</summary>
    public string Kernel { get; }

    /// <summary>Its modules' files by name.</summary>
    public IReadOnlyDictionary<string, string> Modules { get; }

    /// <summary>What runs QEMU on this machine: its loader, told where its libraries are.</summary>
    public IReadOnlyList<string> Program =>
    [
        In("usr/lib64/ld-linux-x86-64.so.2"), "--library-path", In(Libraries), In("usr/bin/qemu-system-x86_64"),
        "-L", In("usr/share/qemu"), "-L", In("usr/share/seabios"),
    ];

    /// <summary>What its environment needs: where its own modules are.</summary>
    public (string Name, string Value) Environment => ("QEMU_MODULE_DIR", In($"{Libraries}/qemu"));

    /// <summary>Finds or fetches everything. Several processes may do so at once.</summary>
    /// <param name="progress">Hears of what takes a while.</param>
    /// <exception cref="GuestException">Something is missing and can't be had; the message says how to get it.</exception>
    public static async Task<QemuPackages> PrepareAsync(Action<string> progress)
    {
        string busybox = (await GuestPackages.FindAsync()).Busybox
            ?? throw new GuestException("missing package: busybox-static; install it with: apt-get install -y --no-install-recommends busybox-static");
        string folder = Path.Combine(GuestRoot.DefaultCacheFolder(), "qemu");
        if (!Directory.Exists(folder))
        {
            progress("fetching QEMU (Debian's unstable suite) and a kernel (Debian 12), about 70 MB");
            await FetchAsync(folder);
        }

        return new QemuPackages(folder, busybox);
    }

    /// <summary>The version, as QEMU says it.</summary>
    public async Task<string> VersionAsync() => (await HostCommand.RunAsync(Program[0], [.. Program.Skip(1), "--version"])).Output.Split('\n')[0];

    // Put together beside its final place and renamed: who comes second finds an equal folder there and throws his own away.
    private static async Task FetchAsync(string folder)
    {
        string building = $"{folder}.{Guid.NewGuid():N}";
        try
        {
            string unpacked = Path.Combine(building, "unpacked");
            DebianSuite unstable = await DebianSuite.OpenAsync(QemuSuite, Path.Combine(building, QemuSuite));
            await unstable.DownloadWithDependenciesAsync("qemu-system-x86");
            await unstable.UnpackAsync(unpacked);
            DebianSuite stable = await DebianSuite.OpenAsync(KernelSuite, Path.Combine(building, KernelSuite));
            await stable.DownloadAsync(KernelPackage);
            await stable.UnpackAsync(unpacked);
            Directory.Move(unpacked, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
        finally
        {
            Directory.Delete(building, recursive: true);
        }
    }

    private string In(string path) => Path.Combine(Folder, path);
}
