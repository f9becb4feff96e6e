using System.Text.RegularExpressions;

namespace FastRing.Perf;

/// <summary>
/// rust-vmm's virtio-queue, with a loop of ours around it that does what <c>workloads chains</c> does, built in a temporary folder: the crate and all it depends
/// on come from Debian's unstable suite by apt, which installs nothing; the compiler is the machine's. Needs the network once, and a minute or two.
/// </summary>
internal sealed partial class RustVmm : IDisposable
{
    private const string Package = "librust-virtio-queue-dev";
    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private const double WarmSeconds = 0.5; // Compiled ahead: only caches have to get warm.

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-rust-vmm-");

    private RustVmm()
    {
    }

    /// <summary>The built loop; it takes the options of <c>workloads chains</c>.</summary>
    public WorkloadProgram Program { get; private set; } = null!;

    /// <summary>Fetches and builds it.</summary>
    /// <param name="why">Why there is none, when the result is null.</param>
    public static RustVmm? TryBuild(out string why)
    {
        Progress.Say("building rust-vmm's virtio-queue");
        var built = new RustVmm();
        try
        {
            built.Fetch();
            built.Compile();
            why = string.Empty;
            return built;
        }
        catch (IOException e)
        {
            built.Dispose();
            why = e.Message.ReplaceLineEndings(" ") is { Length: > 200 } text ? text[..200] : e.Message.ReplaceLineEndings(" ");
            return null;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>By an apt with lists, archives and a status of its own: it knows of no package that is installed, and so names all there is to get.</summary>
    private void Fetch()
    {
        Run("cargo", "--version");
        foreach (string name in new[] { "state/lists/partial", "cache/archives/partial", "archives", "crates" })
        {
            _folder.CreateSubdirectory(name);
        }

        File.WriteAllText(At("status"), string.Empty);
        File.WriteAllText(At("sources.list"), $"deb [signed-by={Keyring}] http://deb.debian.org/debian sid main\n");
        Apt("apt-get", "update");
        string[] crates = [.. CratePackage().Matches(Apt("apt-get", "install", "--yes", "--no-install-recommends", "--print-uris", Package)).Select(m => m.Groups["name"].Value)];
        Shell.Run(At("archives"), "apt-get", [.. AptOptions(), "download", .. crates]);
        foreach (string archive in Directory.GetFiles(At("archives"), "*.deb"))
        {
            Run("dpkg", "--extract", archive, At("crates"));
        }
    }

    private void Compile()
    {
        string ours = Path.Combine(AppContext.BaseDirectory, "RustVmm");
        _folder.CreateSubdirectory("src");
        _folder.CreateSubdirectory(".cargo");
        File.Copy(Path.Combine(ours, "main.rs"), At("src/main.rs"));
        File.Copy(Path.Combine(ours, "Cargo.toml"), At("Cargo.toml"));
        File.WriteAllText(
            At(".cargo/config.toml"),
            $"[source.crates-io]\nreplace-with = \"packages\"\n\n[source.packages]\ndirectory = \"{At("crates/usr/share/cargo/registry")}\"\n");
        Run("cargo", "build", "--release", "--offline", "--quiet", "--target-dir", At("target"));
        string version = Version().Match(File.ReadAllText(At("Cargo.lock"))).Groups["version"].Value;
        Program = new WorkloadProgram($"rust-vmm virtio-queue {version}", At("target/release/chains"), WarmSeconds);
    }

    private string Apt(string program, params string[] arguments) => Run(program, [.. AptOptions(), .. arguments]);

    private string[] AptOptions() =>
    [
        "--quiet", "-o", $"Dir::State={At("state")}", "-o", $"Dir::State::status={At("status")}", "-o", $"Dir::Cache={At("cache")}",
        "-o", $"Dir::Etc::sourcelist={At("sources.list")}", "-o", "Dir::Etc::sourceparts=/dev/null", "-o", "Dir::Etc::preferencesparts=/dev/null",
        "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none", "-o", "Acquire::http::Timeout=20",
    ];

    private string Run(string program, params string[] arguments) => Shell.Run(_folder.FullName, program, arguments);

    private string At(string name) => Path.Combine(_folder.FullName, name);

    // 'http://deb.debian.org/debian/pool/main/r/rust-libc/librust-libc-dev_0.2.186-1_amd64.deb' librust-libc-dev_0.2.186-1_amd64.deb ...
    [GeneratedRegex(@"/(?<name>librust-[a-z0-9.+-]+)_[^/']+\.deb'")]
    private static partial Regex CratePackage();

    [GeneratedRegex("name = \"virtio-queue\"\\nversion = \"(?<version>[^\"]+)\"")]
    private static partial Regex Version();
}
