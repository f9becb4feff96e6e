using System.Text.Json;
using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Installing;

/// <summary>What docs/installing.md says, as it stands there, in a fresh Debian.</summary>
public sealed partial class InstallingTests(FreshDebian debian) : IClassFixture<FreshDebian>
{
    /// <summary>Finds what the program has left.</summary>
    private const string Left = "find / \\( -path /proc -o -path /sys -o -path /dev -o -path /packages \\) -prune -o -ipath '*fastring*' -print";

    [Fact]
    public async Task The_Debian_package_runs_the_demo_and_the_daemon_and_leaves_nothing_when_it_is_purged()
    {
        string[] commands = Commands("Debian package", count: 4);
        Assert.Contains(Version(), await debian.RunAsync(commands[0]), StringComparison.Ordinal);
        await AssertIsCompleteAsync("/usr", "/usr/share/qemu/vhost-user", "vendor-completions");

        string seen = await debian.RunAsync(commands[1]);
        Assert.Contains("FastRing test guest", seen, StringComparison.Ordinal);
        Assert.Contains("intact", seen, StringComparison.Ordinal);
        Assert.Contains("answered, and shut the guest down", seen, StringComparison.Ordinal);

        await debian.RunAsync(commands[2]);
        await AssertServesAsync();
        await debian.RunAsync(commands[3]);
        Assert.Equal("", await debian.RunAsync(Left));
        Assert.Equal("", await debian.RunAsync("find /etc/systemd /usr/bin /usr/libexec -xtype l")); // Links to what is gone.
    }

    [Fact]
    public async Task The_tarball_has_all_of_it_for_usr_local_and_is_removed_by_its_own_list()
    {
        string[] commands = Commands("Tarball", count: 2);
        string seen = await debian.RunAsync(commands[0]);
        Assert.Contains(Version(), seen, StringComparison.Ordinal);
        Assert.Contains("intact", seen, StringComparison.Ordinal);
        await AssertIsCompleteAsync("/usr/local", "/etc/qemu/vhost-user", "site-functions");
        await AssertIsGuestsToolAsync("/usr/local");
        await debian.RunAsync(commands[1]);
        Assert.Equal("", await debian.RunAsync(Left));
    }

    [Fact]
    public async Task The_guests_package_has_its_tool_its_group_its_rule_and_its_unit()
    {
        string[] commands = Commands("In a guest", count: 2);
        Assert.Contains(Version(), await debian.RunAsync(commands[0]), StringComparison.Ordinal);
        await AssertIsGuestsToolAsync("/usr");
        Assert.StartsWith("fastring:x:", await debian.RunAsync("getent group fastring"), StringComparison.Ordinal);
        await debian.RunAsync(commands[1]);
        Assert.Equal("", await debian.RunAsync(Left));
    }

    [Fact]
    public async Task The_dotnet_tool_is_installed_runs_and_has_the_commands_that_look_into_processes()
    {
        string[] commands = Commands("dotnet tool", count: 2);
        using var folder = new TemporaryFolder();
        string[] environment = [$"DOTNET_CLI_HOME={folder.FullName}", $"PATH={folder[".dotnet/tools"]}:{Environment.GetEnvironmentVariable("PATH")}", $"DOTNET_ROOT={Path.GetDirectoryName(await DotnetAsync())}"];
        await Programs.RunAsync("bash", ["-c", $"cp '{await BuiltPackages.Folder}'/FastRing.Tool.*.nupkg '{folder.FullName}'"]);
        async Task<string> RunAsync(string script)
        {
            (int exit, string output, string error) = await Programs.TryRunAsync("env", [.. environment, "bash", "-euo", "pipefail", "-c", script], folder: folder.FullName);
            Assert.True(exit == 0, $"{script} ended with {exit}: {output}{error}");
            return output;
        }

        string seen = await RunAsync(commands[0]);
        Assert.Contains(Version(), seen, StringComparison.Ordinal);
        Assert.Contains("intact", seen, StringComparison.Ordinal);
        Assert.Contains("fastring dump\\-rings", await File.ReadAllTextAsync(folder["fastring.1"]), StringComparison.Ordinal);
        await RunAsync(commands[1]);
        Assert.False(File.Exists(folder[".dotnet/tools/fastring"]));
    }

    /// <summary>Units, completion, the manual page and QEMU's description file are there, and those who use them have nothing against them.</summary>
    private async Task AssertIsCompleteAsync(string prefix, string descriptions, string zsh)
    {
        await AssertAreUnitsAsync($"{prefix}/lib/systemd/system/fastring.service {prefix}/lib/systemd/system/fastring@vm0.service");
        await debian.RunAsync($"source {prefix}/share/bash-completion/completions/fastring; complete -p fastring");
        await Programs.RunAsync("zsh", ["-n", debian.PathOf($"{prefix}/share/zsh/{zsh}/_fastring")]);
        await Programs.RunAsync("fish", ["-n", debian.PathOf($"{prefix}/share/fish/vendor_completions.d/fastring.fish")]);
        await AssertIsManualAsync($"{prefix}/share/man/man1/fastring.1.gz");

        JsonElement description = JsonDocument.Parse(debian.Read($"{descriptions}/50-fastring-console.json")).RootElement;
        Assert.Equal("console", description.GetProperty("type").GetString());
        string capabilities = await debian.RunAsync($"{description.GetProperty("binary").GetString()} --print-capabilities");
        Assert.Equal("console", JsonDocument.Parse(capabilities).RootElement.GetProperty("type").GetString());
    }

    private async Task AssertIsGuestsToolAsync(string prefix)
    {
        await AssertAreUnitsAsync($"{prefix}/lib/systemd/system/fastring-agent@org.example.agent.0.service");
        Assert.Contains("GROUP=\"fastring\"", debian.Read($"{prefix}/lib/udev/rules.d/60-fastring.rules"), StringComparison.Ordinal);
        await AssertIsManualAsync($"{prefix}/share/man/man1/fastring-guest.1.gz");
    }

    private async Task AssertAreUnitsAsync(string paths) =>
        Assert.Equal("", await debian.RunAsync($"systemd-analyze verify --man=no --recursive-errors=no {paths} 2>&1"));

    private async Task AssertIsManualAsync(string path) => Assert.Equal("", await Programs.RunAsync("mandoc", ["-T", "lint", "-W", "style", debian.PathOf(path)]));

    /// <summary>What the unit starts serves the guests of the file, as systemd would see it.</summary>
    private async Task AssertServesAsync()
    {
        string list = await debian.RunAsync(
            """
            $(sed -n 's/^ExecStart=//p' /etc/systemd/system/multi-user.target.wants/fastring.service) 1>&2 &
            until fastring list --json; do kill -0 $!; sleep 0.1; done
            kill $!
            wait $!
            """);
        Assert.Equal("vm0", JsonDocument.Parse(list).RootElement[0].GetProperty("name").GetString());
    }

    private static async Task<string> DotnetAsync() => (await Programs.RunAsync("bash", ["-c", "readlink -f \"$(command -v dotnet)\""])).Trim();

    private static string Version() => VersionPrefix().Match(File.ReadAllText(Path.Combine(Programs.Checkout(), "Directory.Build.props"))).Groups[1].Value;

    /// <summary>The commands below a heading of the guide, a string for each block.</summary>
    private static string[] Commands(string heading, int count)
    {
        string guide = File.ReadAllText(Path.Combine(Programs.Checkout(), "docs", "installing.md"));
        string section = guide.Split("\n## ").Single(s => s.StartsWith($"{heading}\n", StringComparison.Ordinal));
        string[] commands = [.. Block().Matches(section).Select(m => m.Groups[1].Value)];
        Assert.Equal(count, commands.Length);
        return commands;
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("<VersionPrefix>(.*)</VersionPrefix>")]
    private static partial Regex VersionPrefix();
}
