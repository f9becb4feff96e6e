using System.Diagnostics;
using System.Globalization;
using FastRing.Host.Guests;

namespace FastRing.EndToEnd.Keeping;

/// <summary>The real program with a keeper, and a real Linux guest that it serves.</summary>
internal sealed class KeptDaemon : IAsyncDisposable
{
    private const string TakenOver = "has taken over, guests:";

    private readonly TemporaryFolder _folder;
    private UmlGuest? _linux;

    private KeptDaemon(TemporaryFolder folder, Daemon daemon)
    {
        _folder = folder;
        Daemon = daemon;
    }

    public Daemon Daemon { get; }

    public UmlGuest Linux => _linux!;

    public string this[string file] => _folder[file];

    /// <summary>The workers that have served so far, the last one last.</summary>
    public IReadOnlyList<int> Workers =>
        [.. Daemon.Log.Where(l => l.Contains(TakenOver, StringComparison.Ordinal)).Select(l => int.Parse(l.Split("worker ")[1].Split(' ')[0], CultureInfo.InvariantCulture))];

    /// <summary>Files of its folder.</summary>
    public IEnumerable<string> Files => Directory.GetFiles(_folder.FullName).Select(f => Path.GetFileName(f)!);

    /// <summary>The processes it has started.</summary>
    public IEnumerable<int> Children => Process.GetProcesses().Select(p => p.Id).Where(id => ParentOf(id) == Daemon.ProcessId);

    /// <summary>Serves; FOLDER stands for a folder of its own.</summary>
    public static Task<KeptDaemon> StartAsync(params string[] options) => StartAsAsync([], options);

    /// <summary>Serves, run by another program: as another user, or with other limits.</summary>
    public static async Task<KeptDaemon> StartAsAsync(string[] runner, params string[] options)
    {
        var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0x1FF /* 0777 */);
        string[] placed = [.. options.Select(o => o.Replace("FOLDER", folder.FullName, StringComparison.Ordinal))];
        string[] socket = options.Contains("--config") ? [] : ["--socket-path", folder["vhost.sock"]];
        string[] command = [.. runner, Programs.FastRing, "serve", "--keep", folder["keeper.sock"], .. socket, .. placed];
        var kept = new KeptDaemon(folder, await Daemon.StartAsync(command[1..], command[0]));
        await kept.Daemon.UntilLogAsync(TakenOver);
        return kept;
    }

    /// <summary>Begins to boot Linux on it.</summary>
    public Task BeginBootAsync(params string[] ports) => BeginBootOnAsync(_folder["vhost.sock"], ports);

    /// <summary>Begins to boot Linux on a socket that a configuration file has.</summary>
    public async Task BeginBootOnAsync(string socket, params string[] ports) =>
        _linux = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [socket], WaitPorts = ports, RunAgent = false, LoggedInUser = null });

    /// <summary>Boots Linux on it.</summary>
    public async Task BootAsync(params string[] ports)
    {
        await BeginBootAsync(ports);
        await Linux.WaitReadyAsync(GuestRig.Patience);
    }

    /// <summary>Runs a command in the guest and expects it to succeed.</summary>
    public async Task<string> RunAsync(string command)
    {
        CommandResult result = await Linux.RunAsync(command, GuestRig.Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}\n{Linux.ConsoleText}\n{string.Join('\n', Daemon.Log)}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Has a program in the guest send back what comes through a port, for as long as its host's end is open or opens again.</summary>
    public Task EchoAsync(string port) => RunAsync($"(exec 3<>{GuestRig.Links}/{port}; while :; do cat <&3 >&3; usleep 10000; done) >/dev/null 2>&1 & echo $! >/tmp/echo");

    /// <summary>Kills the worker that serves (SIGKILL), and does not wait for the next.</summary>
    public int Kill()
    {
        int id = Workers[^1];
        try
        {
            using var worker = Process.GetProcessById(id);
            worker.Kill();
        }
        catch (ArgumentException)
        {
            // It is dead already.
        }

        return id;
    }

    /// <summary>Kills it and waits until another serves.</summary>
    public async Task ReplaceAsync()
    {
        int before = Workers.Count;
        Kill();
        await GuestRig.UntilAsync(() => Workers.Count > before, string.Join(" | ", Daemon.Log));
    }

    /// <summary>Waits until a spare worker waits behind the one that serves.</summary>
    public Task UntilSpareAsync() => GuestRig.UntilAsync(() =>
    {
        IReadOnlyList<string> log = Daemon.Log;
        int serving = log.ToList().FindLastIndex(l => l.Contains(TakenOver, StringComparison.Ordinal));
        return log.Skip(serving).Any(l => l.Contains("spare worker", StringComparison.Ordinal) && l.EndsWith("waits", StringComparison.Ordinal));
    });

    public async ValueTask DisposeAsync()
    {
        if (_linux is not null)
        {
            await _linux.DisposeAsync();
        }

        Daemon.Dispose();
        await GuestRig.UntilAsync(() => Workers.All(id => !Directory.Exists($"/proc/{id}")), "its workers end with it");
        _folder.Dispose();
    }

    private static int ParentOf(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
