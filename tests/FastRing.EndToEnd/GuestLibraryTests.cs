using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>The library FastRing.Guest and its tool, one static file, in a Linux guest that has no C library of its own for it.</summary>
public sealed class GuestLibraryTests
{
    private const string Channel = "org.example.agent.0";

    [Fact]
    public async Task The_tool_is_static_and_lists_the_ports()
    {
        await using GuestRig rig = await StartAsync(Unix(Channel), new PortConfig { Name = "second", Backend = "null", Id = 3 });
        Assert.Contains("statically linked", await Programs.RunAsync("file", [Path.Combine(await GuestPrograms.Published, "fastring-guest")]), StringComparison.Ordinal);

        JsonElement[] ports = [.. JsonDocument.Parse(await rig.RunAsync($"{GuestPrograms.Tool} list --json")).RootElement.EnumerateArray()];

        Assert.Equal(["/dev/vport0p1", "/dev/vport0p3"], ports.Select(p => p.GetProperty("path").GetString()));
        Assert.Equal([Channel, "second"], ports.Select(p => p.GetProperty("name").GetString()));
        Assert.Equal([1, 3], ports.Select(p => p.GetProperty("number").GetInt32()));
        string shown = await rig.RunAsync($"{GuestPrograms.Tool} list");
        Assert.Contains($"/dev/vport0p1    {Channel}", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tool_waits_for_a_port_that_comes_later_with_and_without_udevs_links()
    {
        await using GuestRig rig = await StartAsync(new PortConfig { Name = "first", Backend = "null" });
        Assert.Equal("3", await rig.RunAsync($"{GuestPrograms.Tool} wait {Channel} --timeout 0.3 2>/tmp/error; echo $?"));
        Assert.Equal($"fastring-guest: no port '{Channel}' appeared within 0.3 s", await rig.RunAsync("cat /tmp/error"));
        await rig.RunAsync("echo >/proc/sys/kernel/hotplug; rm -r /dev/virtio-ports");
        await rig.RunAsync($"({GuestPrograms.Tool} wait {Channel} >/tmp/found; echo $? >/tmp/exit) >/dev/null 2>&1 &");
        await rig.RunAsync("sleep 0.5; ! ls /tmp/exit 2>/dev/null");

        await rig.Device.AddPortAsync(new PortOptions(Channel, new EchoEndpoint()) { Id = 7 });

        await rig.WaitAsync("-e /tmp/exit");
        Assert.Equal("/dev/vport0p7\n0", await rig.RunAsync("cat /tmp/found /tmp/exit"));
    }

    [Fact]
    public async Task Four_mebibytes_go_both_ways_through_cat_and_it_ends_when_the_client_leaves()
    {
        const int Bytes = 4 << 20;
        await using GuestRig rig = await StartAsync(Unix(Channel));
        await rig.RunAsync("dd if=/dev/urandom of=/tmp/sent bs=64k count=64 2>/dev/null");
        await rig.RunAsync($"({GuestPrograms.Tool} cat {Channel} </tmp/sent >/tmp/received 2>/tmp/error; echo $? >/tmp/exit) >/dev/null 2>&1 &");
        byte[] toGuest = RandomNumberGenerator.GetBytes(Bytes);

        byte[] fromGuest;
        using (NetworkStream client = await HostClients.ConnectAsync(rig[Channel]))
        {
            Task sending = client.WriteAsync(toGuest).AsTask();
            fromGuest = await client.ReadAsync(Bytes);
            await sending.WaitAsync(GuestRig.Patience);
        }

        await rig.WaitAsync("-s /tmp/exit");
        Assert.Equal("0", await rig.RunAsync("cat /tmp/error /tmp/exit"));
        Assert.Equal(Hash(fromGuest), await rig.RunAsync("sha256sum </tmp/sent | cut -c1-64"));
        Assert.Equal(Hash(toGuest), await rig.RunAsync("sha256sum </tmp/received | cut -c1-64"));
    }

    [Fact]
    public async Task Send_and_receive_carry_one_direction_each()
    {
        await using GuestRig rig = await StartAsync(Unix(Channel));
        using (NetworkStream client = await HostClients.ConnectAsync(rig[Channel]))
        {
            await rig.RunAsync($"echo from the guest | {GuestPrograms.Tool} send {Channel}");
            Assert.Equal("from the guest\n"u8.ToArray(), await client.ReadAsync(15));
            await client.WriteAsync("from the host"u8.ToArray());
        }

        Assert.Equal("from the host", await rig.RunAsync($"{GuestPrograms.Tool} receive {Channel}"));
    }

    [Fact]
    public async Task What_goes_wrong_is_one_line_and_an_exit_code()
    {
        await using GuestRig rig = await StartAsync(Unix(Channel), Unix("private"));
        await rig.RunAsync($"chmod 600 /dev/vport0p2; chgrp alice /dev/vport0p1; chmod 660 /dev/vport0p1");

        // The group of the first port, as the udev rule would have it.
        using NetworkStream client = await HostClients.ConnectAsync(rig[Channel]);
        await rig.RunAsync($"su alice -c 'echo hello | {GuestPrograms.Tool} send {Channel}'");
        Assert.Equal("hello\n"u8.ToArray(), await client.ReadAsync(6));
        Assert.Equal("4 fastring-guest: no permission to open port 'private' (/dev/vport0p2)", await FailureAsync(rig, $"su alice -c '{GuestPrograms.Tool} receive private'"));

        await rig.RunAsync($"(exec 3<>/dev/vport0p1; sleep 1000) >/dev/null 2>&1 & until [ -e /proc/$!/fd/3 ]; do :; done");
        Assert.Equal(
            $"5 fastring-guest: port '{Channel}' (/dev/vport0p1) is already open: a port has one opener at a time",
            await FailureAsync(rig, $"{GuestPrograms.Tool} receive {Channel}"));
        Assert.Equal("3 fastring-guest: nobody came to the host's end of 'private' within 0.2 s", await FailureAsync(rig, $"{GuestPrograms.Tool} receive private --timeout 0.2"));
        Assert.Equal("2 fastring-guest: a port's name has no slash and no control character (Parameter 'name')", await FailureAsync(rig, $"{GuestPrograms.Tool} wait a/b"));
        Assert.StartsWith("2 fastring-guest: ", await FailureAsync(rig, $"{GuestPrograms.Tool} receive"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_removed_in_the_middle_is_told_from_a_client_that_leaves()
    {
        await using GuestRig rig = await StartAsync();
        Port port = await rig.Device.AddPortAsync(new PortOptions(Channel, new UnixListenEndpoint(rig["removed.sock"])));
        await rig.RunAsync($"({GuestPrograms.Tool} receive {Channel} >/tmp/received 2>/tmp/error; echo $? >/tmp/exit) >/dev/null 2>&1 &");
        using NetworkStream client = await HostClients.ConnectAsync(rig["removed.sock"]);
        await client.WriteAsync("half"u8.ToArray());
        await rig.WaitAsync("-s /tmp/received");

        await rig.Device.RemovePortAsync(port);

        await rig.WaitAsync("-s /tmp/exit");
        Assert.Equal("half6\nfastring-guest: the port was removed", await rig.RunAsync("cat /tmp/received /tmp/exit /tmp/error"));
    }

    [Fact]
    public async Task A_program_behind_run_serves_one_host_client_after_the_other()
    {
        await using GuestRig rig = await StartAsync(Unix(Channel));
        const string Program = "sh -c 'echo $FASTRING_PORT $FASTRING_SESSION; cat; echo $FASTRING_SESSION >/tmp/ended'";
        await rig.RunAsync($"({GuestPrograms.Tool} run {Channel} -- {Program} 2>/tmp/error; echo $? >/tmp/exit) >/dev/null 2>&1 &");

        for (int i = 1; i <= 10; i++)
        {
            using (NetworkStream client = await HostClients.ConnectAsync(rig[Channel]))
            {
                byte[] greeting = Encoding.ASCII.GetBytes($"{Channel} {i}\n");
                Assert.Equal(greeting, await client.ReadAsync(greeting.Length));
                byte[] message = RandomNumberGenerator.GetBytes(10_000);
                await client.WriteAsync(message);
                Assert.Equal(message, await client.ReadAsync(message.Length));
            }

            await rig.WaitAsync($"\"$(cat /tmp/ended 2>/dev/null)\" = {i}");
        }

        await rig.RunAsync("test ! -e /tmp/exit -a ! -s /tmp/error");
    }

    [Fact]
    public async Task A_program_that_fails_ends_run_with_its_code_and_one_that_stays_is_killed()
    {
        await using GuestRig rig = await StartAsync(Unix(Channel));
        NetworkStream client = await HostClients.ConnectAsync(rig[Channel]);
        Assert.Equal("42", await rig.RunAsync($"{GuestPrograms.Tool} run {Channel} -- sh -c 'exit 42'; echo $?"));
        Assert.Equal("1", await rig.RunAsync($"{GuestPrograms.Tool} run {Channel} -- /no/such/program 2>/dev/null; echo $?"));
        client.Dispose();

        await rig.RunAsync($"{GuestPrograms.Tool} run {Channel} --grace 0.2 -- sh -c 'echo $$ >/tmp/pid; sleep 1000' >/dev/null 2>&1 &");
        using (await HostClients.ConnectAsync(rig[Channel]))
        {
            await rig.WaitAsync("-s /tmp/pid");
        }

        await rig.WaitAsync("! -e /proc/$(cat /tmp/pid)");
    }

    /// <summary>Each session has bytes of its own, so that one of another session, or one lost within, is seen.</summary>
    [Fact]
    public async Task A_channel_survives_removals_under_load()
    {
        const int Cycles = 20;
        await using GuestRig rig = await StartAsync();
        await rig.RunAsync($"({GuestPrograms.Tool} run {Channel} -- cat 2>/tmp/error & echo $! >/tmp/pid; wait $!; echo $? >/tmp/exit) >/dev/null 2>&1 &");

        for (int i = 0; i < Cycles; i++)
        {
            Port port = await rig.Device.AddPortAsync(new PortOptions(Channel, new UnixListenEndpoint(rig[$"cycle-{i}.sock"])));
            using NetworkStream client = await HostClients.ConnectAsync(rig[$"cycle-{i}.sock"]);
            byte[] pattern = RandomNumberGenerator.GetBytes(1 << 20);
            Task flood = client.WriteAsync(pattern).AsTask();

            byte[] echoed = await client.ReadAsync(16 << 10);
            Assert.Equal(pattern[..echoed.Length], echoed);
            await rig.Device.RemovePortAsync(port);

            byte[] rest = await RestAsync(client, pattern.Length);
            Assert.Equal(pattern[echoed.Length..(echoed.Length + rest.Length)], rest);
            await flood.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(GuestRig.Patience);
        }

        await rig.RunAsync("test -d /proc/$(cat /tmp/pid) && test ! -e /tmp/exit && test ! -s /tmp/error");
        Assert.Equal(0UL, rig.Device.Counters.BrokenQueues);
    }

    private static async Task<GuestRig> StartAsync(params PortConfig[] ports)
    {
        _ = await GuestPrograms.Published;
        GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 8, Ports = ports });
        try
        {
            await GuestPrograms.MountAsync(rig);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    private static PortConfig Unix(string name) => new() { Name = name, Backend = $"unix:FOLDER/{name}" };

    private static async Task<string> FailureAsync(GuestRig rig, string command) =>
        await rig.RunAsync($"{command} </dev/null >/tmp/failed 2>&1; echo $? $(cat /tmp/failed)");

    private static async Task<byte[]> RestAsync(NetworkStream client, int atMost)
    {
        byte[] rest = new byte[atMost];
        int count = 0;
        try
        {
            while (await client.ReadAsync(rest.AsMemory(count)).AsTask().WaitAsync(GuestRig.Patience) is var got and > 0)
            {
                count += got;
            }
        }
        catch (IOException)
        {
            // The connection was reset: the port went with unread bytes in its socket.
        }

        return rest[..count];
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
