using System.Text.Json;
using FastRing.Host.Guests;

namespace FastRing.EndToEnd;

/// <summary>The real program with a configuration file and a management API, and curl as its client.</summary>
internal sealed class ManagedDaemon : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private UmlGuest? _linux;

    private ManagedDaemon(TemporaryFolder folder, Daemon daemon)
    {
        _folder = folder;
        Daemon = daemon;
    }

    public Daemon Daemon { get; }

    public UmlGuest Linux => _linux!;

    public string this[string file] => _folder[file];

    /// <summary>Serves the configuration, in which FOLDER stands for a folder of its own; its API's socket is api.sock there.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="options">What else the command line says; FOLDER stands for the same.</param>
    public static async Task<ManagedDaemon> StartAsync(string config, params string[] options)
    {
        var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0x1FF /* 0777 */); // For clients of other users.
        Write(folder, config);
        return new ManagedDaemon(folder, await Daemon.StartAsync(["serve", "--config", folder["guests.json"], "--sandbox-folder", folder.FullName, .. options.Select(o => o.Replace("FOLDER", folder.FullName, StringComparison.Ordinal))]));
    }

    /// <summary>Replaces the configuration file.</summary>
    public void Write(string config) => Write(_folder, config);

    /// <summary>Boots Linux on the guest's socket.</summary>
    public async Task BootAsync(string socket, params string[] ports)
    {
        _linux = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [_folder[socket]], WaitPorts = ports });
        await _linux.WaitReadyAsync(GuestRig.Patience);
    }

    /// <summary>Runs a command in the guest and expects it to succeed.</summary>
    public async Task<string> RunAsync(string command)
    {
        CommandResult result = await Linux.RunAsync(command, GuestRig.Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}\n{Linux.ConsoleText}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Waits in the guest until a condition of its shell's <c>[</c> holds.</summary>
    public Task WaitAsync(string condition) => RunAsync($"i=0; until [ {condition} ]; do i=$((i + 1)); [ $i -le 2000 ] || exit 1; usleep 10000; done");

    /// <summary>Has curl make a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path.</param>
    /// <param name="json">The body; null: there is none.</param>
    /// <param name="user">As which user and group; null: as the tests'.</param>
    public async Task<(int Status, JsonElement Body)> CurlAsync(string method, string path, string? json = null, uint? user = null)
    {
        string[] body = json is null ? [] : ["-H", "Content-Type: application/json", "-d", json];
        string[] curl = ["curl", "-sS", "--unix-socket", _folder["api.sock"], "-X", method, "-w", "\n%{http_code}", .. body, $"http://localhost{path}"];
        string[] command = user is { } id ? ["setpriv", $"--reuid={id}", $"--regid={id}", "--clear-groups", .. curl] : curl;
        string output = await Programs.RunAsync(command[0], command[1..]);
        int end = output.LastIndexOf('\n');
        string text = output[..end];
        return (int.Parse(output[(end + 1)..]), text.Length > 0 ? JsonDocument.Parse(text).RootElement : default);
    }

    /// <summary>Has curl get what must be there.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        (int status, JsonElement body) = await CurlAsync("GET", path);
        Assert.True(status == 200, $"{path}: {status} {body}");
        return body;
    }

    /// <summary>Waits until a path's answer is as expected.</summary>
    public async Task UntilAsync(string path, Func<JsonElement, bool> isSo)
    {
        long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
        JsonElement seen = await GetAsync(path);
        while (!isSo(seen))
        {
            Assert.True(Environment.TickCount64 < end, $"never came about: {path}: {seen}");
            await Task.Delay(20);
            seen = await GetAsync(path);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_linux is not null)
        {
            await _linux.DisposeAsync();
        }

        Daemon.Dispose();
        _folder.Dispose();
    }

    private static void Write(TemporaryFolder folder, string config) => File.WriteAllText(folder["guests.json"], config.Replace("FOLDER", folder.FullName, StringComparison.Ordinal));
}
