using System.Text.Json;
using FastRing.Host.Guests;

namespace FastRing.EndToEnd;

/// <summary>The real daemon with a Linux guest, vm0, and the real commands against it.</summary>
internal sealed class CommandRig : IAsyncDisposable
{
    private const string Config =
        """
        { "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 8, "console": "unix:FOLDER/console.sock", "resizeOrder": "columnsFirst", "ports": [
            { "name": "org.qemu.guest_agent.0", "backend": "agent" },
            { "name": "org.example.a", "backend": "unix:FOLDER/a.sock" },
            { "name": "org.example.third", "backend": "echo" } ] } ] }
        """;

    private readonly TemporaryFolder _folder = new();
    private Daemon? _daemon;
    private UmlGuest? _linux;

    private CommandRig()
    {
    }

    public string this[string file] => _folder[file];

    public int DaemonProcessId => _daemon!.ProcessId;

    /// <summary>What a shell needs to find program and daemon.</summary>
    public string[] Environment => [$"FASTRING_API={_folder["api.sock"]}", $"PATH={AppContext.BaseDirectory}:{System.Environment.GetEnvironmentVariable("PATH")}"];

    /// <param name="boots">Whether a guest is there.</param>
    /// <param name="runAgent">Whether qemu-ga runs in it.</param>
    public static async Task<CommandRig> StartAsync(bool boots = true, bool runAgent = false)
    {
        var rig = new CommandRig();
        try
        {
            await rig.StartDaemonAsync();
            if (boots)
            {
                await rig.BootAsync(runAgent);
            }

            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Replaces the configuration file's text.</summary>
    public void Reconfigure(Func<string, string> change) => Write(change(Config));

    /// <summary>Runs fastring against the daemon.</summary>
    public Task<(int Exit, string Output, string Error)> TryRunAsync(string[] arguments, string input = "")
    {
        int program = Array.IndexOf(arguments, "--");
        string[] api = ["--api", _folder["api.sock"]];
        return Programs.TryRunAsync(Programs.FastRing, program < 0 ? [.. arguments, .. api] : [.. arguments[..program], .. api, .. arguments[program..]], input);
    }

    /// <summary>Runs fastring and expects success.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        (int exit, string output, string error) = await TryRunAsync(arguments);
        Assert.True(exit == 0, $"fastring {string.Join(' ', arguments)} ended with {exit}: {error}");
        return output.TrimEnd('\n');
    }

    /// <summary>The same with --json.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments) => JsonDocument.Parse(await RunAsync([.. arguments, "--json"])).RootElement;

    /// <summary>Runs a command in the guest and expects it to succeed.</summary>
    public async Task<string> InGuestAsync(string command)
    {
        CommandResult result = await _linux!.RunAsync(command, GuestRig.Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}\n{_linux.ConsoleText}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Waits in the guest until a condition of its shell's <c>[</c> holds.</summary>
    public Task WaitInGuestAsync(string condition) => InGuestAsync($"i=0; until [ {condition} ]; do i=$((i + 1)); [ $i -le 2000 ] || exit 1; usleep 10000; done");

    /// <summary>Waits until the guest has booted so many times.</summary>
    public Task GuestBootsAsync(int boot) => _linux!.WaitReadyAsync(GuestRig.Patience, boot);

    /// <summary>Waits until the guest has ended in the way its shutdown program was told.</summary>
    public async Task<int> GuestEndsAsync(string way)
    {
        int exit = await _linux!.WaitExitAsync(GuestRig.Patience);
        Assert.Contains($"shutdown: {way}", _linux.ConsoleText, StringComparison.Ordinal);
        return exit;
    }

    public async Task<int> TerminateDaemonAsync() => await _daemon!.TerminateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_linux is not null)
        {
            await _linux.DisposeAsync();
        }

        _daemon?.Dispose();
        _folder.Dispose();
    }

    private async Task StartDaemonAsync()
    {
        Write(Config);
        _daemon = await Daemon.StartAsync(["serve", "--config", _folder["guests.json"], "--api", _folder["api.sock"], "--sandbox-folder", _folder.FullName, "--diagnostics"]);
    }

    private async Task BootAsync(bool runAgent)
    {
        _linux = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [_folder["vm0.sock"]], WaitPorts = ["org.example.a"], RunAgent = runAgent });
        await _linux.WaitReadyAsync(GuestRig.Patience);
    }

    private void Write(string config) => File.WriteAllText(_folder["guests.json"], config.Replace("FOLDER", _folder.FullName, StringComparison.Ordinal));
}
