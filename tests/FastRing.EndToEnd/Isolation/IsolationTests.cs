using System.Net.Sockets;
using FastRing.EndToEnd.Keeping;
using FastRing.Host.Guests;

namespace FastRing.EndToEnd.Isolation;

/// <summary>Guests in processes of their own: what becomes of the one and of the other.</summary>
public sealed class IsolationTests
{
    private const string Changed =
        """
        { "guests": [
          { "name": "vm1", "socketPath": "FOLDER/vmms/vm1.sock", "ports": [ { "name": "a", "backend": "unix:FOLDER/vm1/a.sock" }, { "name": "b", "backend": "unix:FOLDER/vm1/b.sock" } ] },
          { "name": "vm2", "socketPath": "FOLDER/vmms/vm2.sock", "ports": [ { "name": "a", "backend": "unix:FOLDER/vm2/a.sock" } ] } ],
          "api": { "socketPath": "FOLDER/api/api.sock" } }
        """;

    [Fact]
    public async Task A_process_that_is_killed_takes_no_neighbour_with_it_and_its_own_guest_goes_on()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        (UmlGuest vm0, UmlGuest vm1) = await isolated.BootAsync();
        string boot = await isolated.RunAsync(vm0, "cat /proc/sys/kernel/random/boot_id");
        await using EchoedStream killed = await EchoedStream.StartAsync(isolated["vm0/r.sock"]);
        await using EchoedStream neighbour = await EchoedStream.StartAsync(isolated["vm1/r.sock"]);
        using NetworkStream client = await HostClients.ConnectAsync(isolated["vm1/a.sock"]);
        for (int i = 0; i < 3; i++)
        {
            await killed.UntilMoreAsync(killed.Read);
            await isolated.KillAsync("vm0");
            for (int round = 0; round < 3; round++)
            {
                await neighbour.UntilMoreAsync(neighbour.Read);
                await AssertEchoesAsync(client, (3 * i) + round);
            }

            await GuestRig.UntilAsync(() => isolated.Workers("vm0").Count == i + 2, string.Join(" | ", isolated.Daemon.Log));
        }

        await killed.UntilMoreAsync(killed.Read);
        await killed.FinishAsync();
        await neighbour.FinishAsync();
        Assert.Single(isolated.Workers("vm1")); // The one it began with.
        Assert.Equal(boot, await isolated.RunAsync(vm0, "cat /proc/sys/kernel/random/boot_id"));
        await isolated.RunAsync(vm0, "for process in $(cat /tmp/echo); do kill -0 $process || exit 1; done");
        await isolated.RunAsync(vm1, "for process in $(cat /tmp/echo); do kill -0 $process || exit 1; done");
        Assert.DoesNotContain("disconnected", string.Join('\n', isolated.Daemon.Log), StringComparison.Ordinal);
        await isolated.Daemon.UntilLogAsync("fastring vm0[", "(signal 9), 3 so far");
        Assert.Equal(2, isolated.Children.Count()); // Those that were killed are reaped.
    }

    [Fact]
    public async Task Neither_memory_nor_descriptors_of_a_guest_are_in_the_process_of_another_or_mapped_by_the_supervisor()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        await isolated.BootAsync();
        await isolated.ReplaceAsync("vm0"); // By now the supervisor has all that the guests' VMMs have sent.
        await GuestRig.UntilAsync(() => SharedMemory(isolated.Workers("vm0")[^1]).Count > 0);
        int[] workers = [isolated.Workers("vm0")[^1], isolated.Workers("vm1")[^1]];
        HashSet<string>[] memory = [.. workers.Select(SharedMemory)];
        Assert.All(memory, Assert.NotEmpty);
        Assert.Empty(memory[0].Intersect(memory[1]));
        Assert.Empty(SharedMemory(isolated.Daemon.ProcessId).Intersect(memory[0].Union(memory[1])));

        HashSet<string>[] open = [await DescriptorsAsync(workers[0]), await DescriptorsAsync(workers[1])];
        Assert.All(open, Assert.NotEmpty);
        Assert.Empty(open[0].Intersect(open[1]));
        HashSet<string> kept = await DescriptorsAsync(isolated.Daemon.ProcessId);
        Assert.All(memory, m => Assert.NotEmpty(m.Intersect(kept))); // For the next worker: so descriptors of memory are among what is compared.
    }

    [Fact]
    public async Task A_port_that_would_connect_to_a_neighbour_is_refused_and_not_left_to_the_next_process()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        await isolated.Daemon.UntilLogAsync("management API on", "/vm0/");
        (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["add", "vm0", $"c=connect:{isolated["vm1/a.sock"]}", "--api", isolated["api/vm0/api.sock"]]);
        Assert.NotEqual(0, exit);
        Assert.Contains("with --isolate a port may connect only if", error, StringComparison.Ordinal);
        using (Socket stale = Bound(isolated["vm0/d.sock"]))
        {
            (exit, _, error) = await Programs.TryRunAsync(Programs.FastRing, ["add", "vm0", $"d=unix:{isolated["vm0/d.sock"]}", "--api", isolated["api/vm0/api.sock"]]);
            Assert.True(exit != 0 && error.Contains("in use", StringComparison.Ordinal), error); // Somebody listens there, which it can't find out by connecting.
        }

        await Programs.RunAsync(Programs.FastRing, ["add", "vm0", $"d=unix:{isolated["vm0/d.sock"]}", "--api", isolated["api/vm0/api.sock"]]);
        (_, _, error) = await Programs.TryRunAsync(Programs.FastRing, ["add", "vm0", $"e=unix:{isolated["vm2/e.sock"]}", "--api", isolated["api/vm0/api.sock"]]);
        Assert.Contains("with --isolate a guest's process gets into the folders that its ports had when it began", error, StringComparison.Ordinal);
        await isolated.ReplaceAsync("vm0");
        await GuestRig.UntilAsync(() => File.Exists(isolated["vm0/d.sock"])); // What was allowed is kept.
        Assert.DoesNotContain("port 'a': opened", string.Join('\n', isolated.Daemon.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_dies_again_and_again_is_replaced_ever_more_seldom_and_its_neighbour_s_is_not_touched()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        using NetworkStream neighbour = await HostClients.ConnectAsync(isolated["vm1/a.sock"]);
        while (!isolated.Daemon.Log.Any(l => l.Contains("fastring vm0[", StringComparison.Ordinal) && l.Contains("workers failed one after the other; the next is started in", StringComparison.Ordinal)))
        {
            foreach (int child in isolated.Children.Except(isolated.Workers("vm1")))
            {
                await Programs.TryRunAsync("kill", ["-KILL", $"{child}"]);
            }
        }

        int served = isolated.Workers("vm0").Count;
        await GuestRig.UntilAsync(() => isolated.Workers("vm0").Count > served || isolated.Children.Except(isolated.Workers("vm1")).Any()); // In the end another comes.
        Assert.Single(isolated.Workers("vm1"));
        Assert.DoesNotContain(isolated.Daemon.Log, l => l.Contains("fastring vm1[", StringComparison.Ordinal) && l.Contains("is gone", StringComparison.Ordinal));
        await neighbour.WriteAsync("still there"u8.ToArray());
    }

    [Fact]
    public async Task SIGTERM_ends_all_of_it_in_order()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        await isolated.Daemon.UntilLogAsync("management API on", "/vm0/");
        await isolated.Daemon.UntilLogAsync("management API on", "/vm1/");
        int[] children = [.. isolated.Children];
        Assert.Equal(2, children.Length);
        Assert.Equal(
            ["api/vm0/api.sock", "api/vm1/api.sock", "guests.json", "vm0/a.sock", "vm0/r.sock", "vm1/a.sock", "vm1/r.sock", "vmms/vm0.sock", "vmms/vm1.sock"], isolated.Files);
        Assert.Equal(0, await isolated.Daemon.TerminateAsync());
        Assert.Equal(["guests.json"], isolated.Files);
        Assert.All(children, id => Assert.False(Directory.Exists($"/proc/{id}")));
    }

    [Fact]
    public async Task Workers_end_with_a_supervisor_that_is_killed()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        int[] children = [.. isolated.Children];
        await Programs.RunAsync("kill", ["-KILL", $"{isolated.Daemon.ProcessId}"]);
        await GuestRig.UntilAsync(() => children.All(id => !Directory.Exists($"/proc/{id}")));
    }

    [Fact]
    public async Task SIGHUP_has_guests_come_go_and_change_and_who_stays_keeps_process_and_clients()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        await isolated.Daemon.UntilLogAsync("management API on", "/vm1/");
        int before = isolated.Workers("vm1")[^1];
        int gone = isolated.Workers("vm0")[^1];
        using NetworkStream stays = await HostClients.ConnectAsync(isolated["vm1/a.sock"]);
        await isolated.WriteAsync(Changed);
        await GuestRig.UntilAsync(() => isolated.Workers("vm2").Count > 0 && !Directory.Exists($"/proc/{gone}") && File.Exists(isolated["vm1/b.sock"]) && !File.Exists(isolated["vm1/r.sock"]) && File.Exists(isolated["api/vm2/api.sock"]), string.Join(" | ", isolated.Daemon.Log));
        Assert.Equal(["api/vm1/api.sock", "api/vm2/api.sock", "guests.json", "vm1/a.sock", "vm1/b.sock", "vm2/a.sock", "vmms/vm1.sock", "vmms/vm2.sock"], isolated.Files);
        Assert.Equal([before], isolated.Workers("vm1"));
        await stays.WriteAsync("still there"u8.ToArray());

        await isolated.WriteAsync(Changed.Replace("vm2/a.sock", "vm1/c.sock", StringComparison.Ordinal)); // A mistake, which changes nothing.
        await isolated.Daemon.UntilLogAsync("not reloaded", "guests.json:3:", "with --isolate neither guest's folders are the other's");
        await isolated.ReplaceAsync("vm1");
        Assert.True(File.Exists(isolated["vm1/b.sock"])); // What the file said last is so for the next process.
        Assert.Equal(0, await isolated.Daemon.TerminateAsync());
        Assert.Equal(["guests.json"], isolated.Files);
    }

    [Fact]
    public async Task A_guest_that_can_not_be_served_at_the_start_ends_all_with_the_reason_and_later_none_but_itself()
    {
        using TemporaryFolder folder = IsolatedDaemon.Folders();
        await File.WriteAllTextAsync(folder["guests.json"], IsolatedDaemon.Place(folder, Changed.Replace("vm2/a.sock", "none/a.sock", StringComparison.Ordinal)));
        (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["serve", "--isolate", "--config", folder["guests.json"]]);
        Assert.Equal(2, exit);
        Assert.Single(error.Split('\n'), line => line.StartsWith("fastring: ", StringComparison.Ordinal) && line.Contains("none/a.sock", StringComparison.Ordinal));

        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        await isolated.WriteAsync(Changed.Replace("vm2/a.sock", "none/a.sock", StringComparison.Ordinal));
        await isolated.Daemon.UntilLogAsync("supervisor: vm2 can't be served (exit code 2)");
        Assert.Single(isolated.Workers("vm1"));
        Directory.CreateDirectory(isolated["none"]);
        await GuestRig.UntilAsync(() => isolated.Workers("vm2").Count > 0, string.Join(" | ", isolated.Daemon.Log));
    }

    [Fact]
    public async Task A_guest_that_takes_the_place_of_another_comes_when_the_process_of_that_one_is_gone()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        int old = isolated.Workers("vm0")[^1];
        await Programs.RunAsync("kill", ["-STOP", $"{old}"]); // It leaves when it can.
        await isolated.WriteAsync(Changed.Replace("vmms/vm2.sock", "vmms/vm0.sock", StringComparison.Ordinal).Replace("vm2/a.sock", "vm0/a.sock", StringComparison.Ordinal));
        await GuestRig.UntilAsync(() => File.Exists(isolated["vm1/b.sock"]), string.Join(" | ", isolated.Daemon.Log)); // Neighbours do not wait.
        Assert.Equal(2, isolated.Children.Count()); // The one that leaves, and the neighbour's.
        await Programs.RunAsync("kill", ["-CONT", $"{old}"]);
        await GuestRig.UntilAsync(() => isolated.Workers("vm2").Count > 0, string.Join(" | ", isolated.Daemon.Log));
        Assert.True(File.Exists(isolated["vmms/vm0.sock"]) && File.Exists(isolated["vm0/a.sock"]));
        Assert.DoesNotContain("can't be served", string.Join('\n', isolated.Daemon.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_whose_process_does_not_come_up_is_mended_by_the_file_and_keeps_its_VMM()
    {
        await using IsolatedDaemon isolated = await IsolatedDaemon.StartAsync();
        using NetworkStream vmm = await HostClients.ConnectAsync(isolated["vmms/vm0.sock"]);
        Directory.Delete(isolated["vm0"], recursive: true);
        await isolated.KillAsync("vm0");
        await isolated.Daemon.UntilLogAsync("fastring vm0[", "workers failed one after the other");
        int died = isolated.Workers("vm0").Count;
        await isolated.WriteAsync(IsolatedDaemon.Usual.Replace("FOLDER/vm0/", "FOLDER/vm2/", StringComparison.Ordinal));
        await GuestRig.UntilAsync(() => isolated.Workers("vm0").Count > died && File.Exists(isolated["vm2/a.sock"]), string.Join(" | ", isolated.Daemon.Log));
        Assert.Single(isolated.Workers("vm1"));
        Task<int> ended = vmm.ReadAsync(new byte[1]).AsTask();

        await isolated.WriteAsync(IsolatedDaemon.Usual.Replace("vm1/a.sock", "vm2/b.sock", StringComparison.Ordinal));
        await isolated.Daemon.UntilLogAsync("not reloaded", "the process of 'vm0' has rights until that guest begins anew");
        Assert.False(ended.IsCompleted);
    }

    [Fact]
    public async Task What_can_not_go_with_it_is_said_and_nothing_is_started()
    {
        using TemporaryFolder folder = IsolatedDaemon.Folders();
        string[] guest = ["serve", "--isolate", "--socket-path", folder["vmms/v.sock"], "--port"];
        foreach ((string[] options, string words) in (ValueTuple<string[], string>[])
            [(["a=echo", "--keep"], "say one of them"), (["a=stdio"], "open in every guest's process"), (["a=echo", "--metrics", "9999"], "at its own management API"), (["a=echo", "--sandbox-folder", folder["vm0"]], "no folder in common")])
        {
            (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, [.. guest, .. options]);
            Assert.Equal((2, 1), (exit, error.Trim().Split('\n').Length));
            Assert.Contains(words, error, StringComparison.Ordinal);
        }
    }

    private static Socket Bound(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        return socket;
    }

    private static async Task AssertEchoesAsync(NetworkStream client, int number)
    {
        byte[] sent = System.Text.Encoding.ASCII.GetBytes($"hello, for the {number}. time\n");
        await client.WriteAsync(sent);
        Assert.Equal(sent, await client.ReadAsync(sent.Length));
    }

    /// <summary>What a process has mapped that others may have too, and write to: device and inode.</summary>
    private static HashSet<string> SharedMemory(int process) =>
        [.. File.ReadLines($"/proc/{process}/maps").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(m => m[1].StartsWith("rw", StringComparison.Ordinal) && m[1].EndsWith('s') && !m[^2].Contains("doublemapper", StringComparison.Ordinal) && !m[^1].Contains("doublemapper", StringComparison.Ordinal)).Select(m => m[4])]; // The runtime's is its own.

    /// <summary>Its sockets and files without a name, by the numbers of their inodes.</summary>
    private static async Task<HashSet<string>> DescriptorsAsync(int process) =>
        [.. (await Programs.RunAsync("sh", ["-c", $"for fd in /proc/{process}/fd/*; do case $(readlink $fd) in socket:*|*deleted*) stat -L -c %i $fd; esac; done"])).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
