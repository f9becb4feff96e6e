using System.Globalization;
using FastRing.Host.Guests;

namespace FastRing.EndToEnd.Isolation;

/// <summary>The real program with a process for each of two guests, vm0 and vm1, and their Linux.</summary>
internal sealed class IsolatedDaemon : IAsyncDisposable
{
    public const string Port = "org.example.0";

    public const string Usual =
        """
        { "guests": [
          { "name": "vm0", "socketPath": "FOLDER/vmms/vm0.sock", "ports": [ { "name": "org.example.0", "backend": "resume:FOLDER/vm0/r.sock" }, { "name": "a", "backend": "unix:FOLDER/vm0/a.sock" } ] },
          { "name": "vm1", "socketPath": "FOLDER/vmms/vm1.sock", "ports": [ { "name": "org.example.0", "backend": "resume:FOLDER/vm1/r.sock" }, { "name": "a", "backend": "unix:FOLDER/vm1/a.sock" } ] } ],
          "api": { "socketPath": "FOLDER/api/api.sock" } }
        """;

    private readonly TemporaryFolder _folder;
    private readonly List<UmlGuest> _guests = [];

    private IsolatedDaemon(TemporaryFolder folder, Daemon daemon)
    {
        _folder = folder;
        Daemon = daemon;
    }

    public Daemon Daemon { get; }

    public string this[string file] => _folder[file];

    /// <summary>What is left in its folders.</summary>
    public IEnumerable<string> Files => Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder.FullName, f)).Order();

    /// <summary>The processes it has started and not reaped.</summary>
    public IEnumerable<int> Children => Programs.ChildrenOf(Daemon.ProcessId);

    /// <summary>A file of folders of its own: for both guests' sockets to VMMs, and for the ports of each.</summary>
    public static TemporaryFolder Folders()
    {
        var folder = new TemporaryFolder();
        foreach (string name in (string[])["vmms", "vm0", "vm1", "vm2", "api"])
        {
            Directory.CreateDirectory(folder[name]);
        }

        return folder;
    }

    /// <summary>Serves both guests.</summary>
    public static async Task<IsolatedDaemon> StartAsync()
    {
        TemporaryFolder folder = Folders();
        await File.WriteAllTextAsync(folder["guests.json"], Place(folder, Usual));
        var isolated = new IsolatedDaemon(folder, await Daemon.StartAsync(["serve", "--isolate", "--config", folder["guests.json"]]));
        await GuestRig.UntilAsync(() => isolated.Workers("vm0").Count > 0 && isolated.Workers("vm1").Count > 0);
        return isolated;
    }

    public static string Place(TemporaryFolder folder, string text) => text.Replace("FOLDER", folder.FullName, StringComparison.Ordinal);

    /// <summary>The workers that have served a guest so far, the last one last.</summary>
    public IReadOnlyList<int> Workers(string guest) =>
        [.. Daemon.Log.Where(l => l.Contains($"fastring {guest}[", StringComparison.Ordinal) && l.Contains("has taken over", StringComparison.Ordinal))
            .Select(l => int.Parse(l.Split("worker ")[1].Split(' ')[0], CultureInfo.InvariantCulture))];

    /// <summary>Boots a Linux for each guest, in which a program sends back what comes through both ports.</summary>
    public async Task<(UmlGuest Vm0, UmlGuest Vm1)> BootAsync()
    {
        UmlGuest[] guests = await Task.WhenAll(BootAsync("vm0"), BootAsync("vm1"));
        return (guests[0], guests[1]);
    }

    public async Task<string> RunAsync(UmlGuest guest, string command)
    {
        CommandResult result = await guest.RunAsync(command, GuestRig.Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}\n{guest.ConsoleText}\n{string.Join('\n', Daemon.Log)}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Kills the process of a guest (SIGKILL), and does not wait for the next.</summary>
    public async Task<int> KillAsync(string guest)
    {
        int id = Workers(guest)[^1];
        await Programs.TryRunAsync("kill", ["-KILL", $"{id}"]);
        return id;
    }

    /// <summary>Kills it and waits until another serves.</summary>
    public async Task ReplaceAsync(string guest)
    {
        int before = Workers(guest).Count;
        await KillAsync(guest);
        await GuestRig.UntilAsync(() => Workers(guest).Count > before, string.Join(" | ", Daemon.Log));
    }

    /// <summary>Has the file say something else, and waits until the processes of these guests have heard of it.</summary>
    public async Task WriteAsync(string config)
    {
        await File.WriteAllTextAsync(this["guests.json"], Place(_folder, config));
        await HangUpAsync();
    }

    public Task HangUpAsync() => Programs.RunAsync("kill", ["-HUP", $"{Daemon.ProcessId}"]);

    public async ValueTask DisposeAsync()
    {
        foreach (UmlGuest guest in _guests)
        {
            await guest.DisposeAsync();
        }

        Daemon.Dispose();
        await GuestRig.UntilAsync(() => Workers("vm0").Concat(Workers("vm1")).All(id => !Directory.Exists($"/proc/{id}")), "its workers end with it");
        _folder.Dispose();
    }

    private async Task<UmlGuest> BootAsync(string name)
    {
        UmlGuest guest = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [this[$"vmms/{name}.sock"]], WaitPorts = [Port, "a"], RunAgent = false, LoggedInUser = null });
        lock (_guests)
        {
            _guests.Add(guest);
        }

        await guest.WaitReadyAsync(GuestRig.Patience);
        foreach (string port in (string[])[Port, "a"])
        {
            await RunAsync(guest, $"(exec 3<>{GuestRig.Links}/{port}; while :; do cat <&3 >&3; usleep 10000; done) >/dev/null 2>&1 & echo $! >>/tmp/echo");
        }

        return guest;
    }
}
