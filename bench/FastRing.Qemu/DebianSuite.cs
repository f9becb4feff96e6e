using FastRing.Host.Guests;

namespace FastRing.Qemu;

/// <summary>
/// Packages of a Debian suite other than this machine's: apt with all its state in a folder of its own, so nothing is installed and nobody needs
/// to be root. What it fetches is unpacked in one place, and no package's scripts are run.
/// </summary>
internal sealed class DebianSuite
{
    private const string DefaultMirror = "http://deb.debian.org/debian/";
    private const string Keys = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private readonly string _folder;

    private DebianSuite(string folder) => _folder = folder;

    private string Archives => Path.Combine(_folder, "archives");

    /// <summary>Fetches a suite's list of packages.</summary>
    /// <param name="suite">Its name, such as <c>sid</c>.</param>
    /// <param name="folder">Where apt keeps its state.</param>
    /// <exception cref="GuestException">There is no apt here, or no way to the mirror; the same for every other call.</exception>
    public static async Task<DebianSuite> OpenAsync(string suite, string folder)
    {
        var opened = new DebianSuite(Path.GetFullPath(folder));
        Directory.CreateDirectory(Path.Combine(opened._folder, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(opened.Archives, "partial"));
        File.WriteAllText(Path.Combine(opened._folder, "status"), "");
        File.WriteAllText(Path.Combine(opened._folder, "sources.list"), $"deb [signed-by={Keys}] {await MirrorAsync()} {suite} main\n");
        await opened.AptAsync("apt-get", "update");
        return opened;
    }

    /// <summary>Fetches a package and everything it depends on.</summary>
    public Task DownloadWithDependenciesAsync(string package) => AptAsync("apt-get", "install", "--yes", "--download-only", package);

    /// <summary>Fetches one package; of a name that only stands for the newest of several (<c>NAME-VERSION...</c>), that one.</summary>
    public async Task DownloadAsync(string package)
    {
        string stem = package[..(package.IndexOf('-', package.IndexOf('-', StringComparison.Ordinal) + 1) + 1)];
        string[] lines = (await AptAsync("apt-cache", "depends", package)).Split('\n', StringSplitOptions.TrimEntries);
        string? real = stem.Length == 0 ? null : lines.LastOrDefault(line => line.StartsWith($"Depends: {stem}", StringComparison.Ordinal))?["Depends: ".Length..];
        await AptAsync("apt-get", "download", real ?? package);
    }

    /// <summary>Unpacks everything that was fetched.</summary>
    public async Task UnpackAsync(string target)
    {
        foreach (string package in Directory.EnumerateFiles(Archives, "*.deb"))
        {
            await RunAsync("dpkg-deb", ["--extract", package, target]);
        }
    }

    /// <summary>The mirror this machine's own packages come from.</summary>
    public static async Task<string> MirrorAsync()
    {
        string sites = await RunAsync("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
        return sites.Split('\n').FirstOrDefault(site => site.EndsWith("/debian/", StringComparison.Ordinal)) ?? DefaultMirror;
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        CommandResult result = await HostCommand.RunAsync(program, arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new GuestException($"{program} failed: {result.Output.Trim().Split('\n')[^1]}");
    }

    private Task<string> AptAsync(string program, params string[] arguments)
    {
        string[] settings =
        [
            $"Dir::State={_folder}", $"Dir::State::lists={_folder}/lists", $"Dir::State::status={_folder}/status",
            $"Dir::Cache={_folder}", $"Dir::Cache::archives={Archives}",
            $"Dir::Etc::sourcelist={_folder}/sources.list", "Dir::Etc::sourceparts=/dev/null", "Dir::Etc::preferencesparts=/dev/null",
            "APT::Install-Recommends=false", "APT::Sandbox::User=", "Acquire::Languages=none", "Acquire::Retries=3", "Debug::NoLocking=true",
        ];
        IEnumerable<string> options = settings.SelectMany(setting => new[] { "-o", setting });
        return RunAsync("env", ["--chdir", Archives, program, .. options, .. arguments]); // "download" puts packages into the current folder.
    }
}
