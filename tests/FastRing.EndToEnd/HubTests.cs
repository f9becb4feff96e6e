using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Host;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>Host ends that more than one program looks at, or that another guest is at, with Linux guests.</summary>
public sealed class HubTests
{
    private const string Links = GuestRig.Links;

    [Fact]
    public async Task Whoever_attaches_late_to_a_console_sees_the_boot_messages_and_all_see_what_follows()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Console = "hub:FOLDER/console.sock" });
        await rig.RunAsync("dmesg >/dev/hvc0");

        using NetworkStream first = await HostClients.ConnectAsync(rig["console.sock"]);
        using NetworkStream second = await HostClients.ConnectAsync(rig["console.sock"]);
        Assert.Contains("Linux version", await ReadUntilAsync(first, "Linux version"), StringComparison.Ordinal);
        await rig.RunAsync("echo every''body >/dev/hvc0");
        await ReadUntilAsync(first, "everybody");
        Assert.Contains("Linux version", await ReadUntilAsync(second, "everybody"), StringComparison.Ordinal);

        // The first one writes; what the second one types goes nowhere.
        await rig.RunAsync("(stty raw -echo; read -r line; echo \"got $line\") <>/dev/hvc0 >&0 2>/dev/null & sleep 1");
        await second.WriteAsync("nothing\n"u8.ToArray());
        await first.WriteAsync("hello\n"u8.ToArray());
        await ReadUntilAsync(first, "got hello");
        await ReadUntilAsync(second, "got hello");
    }

    [Fact]
    public async Task Observers_of_a_port_get_what_its_guest_writes_however_one_of_them_stalls()
    {
        const int Bytes = 8 << 20;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "log", Backend = "hub:FOLDER/log.sock,scrollback=0,buffer=64K,writer=none,patience-ms=5000" }] });
        using NetworkStream stalled = await HostClients.ConnectAsync(rig["log.sock"]);
        NetworkStream[] readers = [await HostClients.ConnectAsync(rig["log.sock"]), await HostClients.ConnectAsync(rig["log.sock"])];
        await rig.RunAsync($"dd if=/dev/urandom of=/tmp/sent bs=64k count={Bytes >> 16} 2>/dev/null");

        Task<byte[]>[] reading = [.. readers.Select(r => r.ReadAsync(Bytes))];
        string sum = await rig.RunAsync($"dd if=/tmp/sent of={Links}/log bs=64k 2>/dev/null; sha256sum </tmp/sent");

        foreach (byte[] read in await Task.WhenAll(reading))
        {
            Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(read)), sum, StringComparison.Ordinal);
        }

        Array.ForEach(readers, r => r.Dispose());
    }

    [Fact]
    public async Task Two_guests_on_a_bridge_exchange_a_mebibyte_each_way()
    {
        string name = Guid.NewGuid().ToString();
        var config = new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "wire", Backend = $"bridge:{name}" }] };
        await using GuestRig left = await GuestRig.StartAsync(config);
        await using GuestRig right = await GuestRig.StartAsync(config);
        foreach (GuestRig rig in (GuestRig[])[left, right])
        {
            await rig.RunAsync(
                $$"""
                dd if=/dev/urandom of=/tmp/sent bs=64k count=16 2>/dev/null
                (exec 3<>{{Links}}/wire; until [ -e /tmp/go ]; do usleep 10000; done
                 dd of=/tmp/received bs=64k count=16 iflag=fullblock <&3 2>/dev/null & dd if=/tmp/sent bs=32k >&3 2>/dev/null; wait; >/tmp/done) >/dev/null 2>&1 &
                """);
        }

        await GuestRig.UntilAsync(() => left.Port("wire") is { IsGuestOpen: true, IsHostOpen: true } && right.Port("wire") is { IsGuestOpen: true, IsHostOpen: true });
        await left.RunAsync(">/tmp/go");
        await right.RunAsync(">/tmp/go");
        await left.WaitAsync("-e /tmp/done");
        await right.WaitAsync("-e /tmp/done");

        Assert.Equal(await left.RunAsync("sha256sum </tmp/sent"), await right.RunAsync("sha256sum </tmp/received"));
        Assert.Equal(await right.RunAsync("sha256sum </tmp/sent"), await left.RunAsync("sha256sum </tmp/received"));

        // A third is told who has the ends.
        UsageException crowded = await Assert.ThrowsAsync<UsageException>(() => GuestRig.ServeAsync(config with { Name = "third" }));
        Assert.Contains($"guest 'third': port 'wire' (bridge:{name}): bridge '{name}' joins two ports already: port 'wire' of ", crowded.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_handed_a_ports_socket_talks_to_the_guest()
    {
        const string Client =
            """
            import socket, sys
            s = socket.socket(socket.AF_UNIX)
            s.connect(sys.argv[1])
            header, fds, flags, address = socket.recv_fds(s, 4096, 1)
            port = socket.socket(fileno=fds[0])
            port.sendall(b"hello\n")
            print(header.decode(), end="")
            print(port.makefile().readline(), end="")
            """;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "org.example.0", Backend = "passfd:FOLDER/pass.sock" }] });
        Port port = rig.Port("org.example.0");
        Task<string> client = Programs.RunAsync("python3", ["-c", Client, rig["pass.sock"]]);
        await GuestRig.UntilAsync(() => port.IsHostOpen);
        await rig.RunAsync($"exec 3<>{Links}/org.example.0; read -r line <&3; echo \"got $line\" >&3");

        string[] lines = (await client).Split('\n');
        Assert.Equal("got hello", lines[1]);
        JsonElement told = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal("org.example.0", told.GetProperty("port").GetString());
        Assert.Equal(port.Session.Guest, told.GetProperty("session").GetProperty("guest").GetUInt32());
        Assert.Equal(1u, told.GetProperty("session").GetProperty("hostOpens").GetUInt32());
    }

    [Fact]
    public async Task A_ring_gives_back_the_last_bytes_a_guest_wrote()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "log", Backend = "ring:4K" }] });

        await rig.RunAsync($"seq 1 100000 >{Links}/log");

        Port port = rig.Port("log");
        string all = string.Concat(Enumerable.Range(1, 100_000).Select(n => $"{n}\n"));
        await GuestRig.UntilAsync(() => port.Counters.BytesToHost == (ulong)all.Length);
        Scrollback seen = port.Snapshot()!.Value;
        Assert.Equal((ulong)all.Length - 4096, seen.Dropped);
        Assert.Equal(all[^4096..], Encoding.ASCII.GetString(seen.Bytes.Span));
    }

    private static async Task<string> ReadUntilAsync(NetworkStream stream, string text)
    {
        var seen = new StringBuilder();
        byte[] bytes = new byte[4096];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(bytes).AsTask().WaitAsync(GuestRig.Patience);
            Assert.True(read > 0, $"the end came after: {seen}");
            seen.Append(Encoding.Latin1.GetString(bytes, 0, read));
        }

        return seen.ToString();
    }
}
