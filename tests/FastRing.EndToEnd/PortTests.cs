using System.Net.Sockets;
using System.Security.Cryptography;
using FastRing.Console.Ports;
using FastRing.Host.Serving;
using FastRing.Queues;

namespace FastRing.EndToEnd;

/// <summary>Named ports, driven by the virtio_console driver of a Linux kernel.</summary>
public sealed class PortTests
{
    private const string Links = GuestRig.Links;

    private static PortConfig Port(string name, string backend) => new() { Name = name, Backend = backend };

    [Fact]
    public async Task All_31_ports_are_open_on_both_sides_and_carry_data_at_the_same_time()
    {
        const int Bytes = 32 << 10;
        const int ConsoleBytes = 4 << 10; // Linux hands a console's output over 16 bytes at a time.
        string[] names = [.. Enumerable.Range(1, 30).Select(i => $"org.example.port-{i}.0")];
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            Console = "unix:FOLDER/console.sock",
            Ports = [.. names.Select(n => Port(n, $"unix:FOLDER/{n}.sock"))],
        });
        IReadOnlyList<Port> ports = rig.Device.Ports;
        Assert.Equal([.. names.Prepend("")], ports.Select(p => p.Name));
        Assert.Equal(names.Order(StringComparer.Ordinal), (await rig.RunAsync("cat /sys/class/virtio-ports/*/name | sort")).Split('\n'));
        Assert.Equal("30", await rig.RunAsync($"ls {Links} | wc -l"));

        // Nobody is there: to the guest, each is at its end.
        Assert.Equal("30 0", await rig.RunAsync($"n=0; for port in {Links}/*; do timeout 20 cat $port >>/tmp/read && n=$((n + 1)); done; echo $n $(wc -c </tmp/read)"));
        Assert.All(ports.Skip(1), p => Assert.Equal((false, false), (p.IsGuestOpen, p.IsHostOpen)));

        NetworkStream[] clients = [.. await Task.WhenAll(names.Prepend("console").Select(n => HostClients.ConnectAsync(rig[$"{n}.sock"])))];
        await rig.RunAsync($"(for port in {Links}/*; do cat <>$port >&0 & done; stty raw -echo; echo .; exec cat) <>/dev/hvc0 >&0 2>/dev/null &");
        await Task.WhenAll(ports.Select(p => p.WaitForGuestOpenAsync(GuestRig.Patience)));
        Assert.All(ports, p => Assert.Equal((true, true, PortWait.Nothing), (p.IsGuestOpen, p.IsHostOpen, p.Waits)));
        Assert.Equal(".\n"u8.ToArray(), await clients[0].ReadAsync(2));

        string[] differ = await Task.WhenAll(clients.Select((c, i) => Task.Run(() => DiffersAsync(c, i == 0 ? ConsoleBytes : Bytes))));

        Assert.All(differ, Assert.Empty);

        // The guest's programs read to the end, and go.
        Array.ForEach(clients, c => c.Dispose());
        await GuestRig.UntilAsync(() => ports.Skip(1).All(p => !p.IsGuestOpen && !p.IsHostOpen));
    }

    [Theory]
    [InlineData(1, 1)] // 16 KiB: a call for each byte may take this guest a quarter of a millisecond.
    [InlineData(7, 4)]
    [InlineData(512, 64)]
    [InlineData(4096, 64)]
    [InlineData(32768, 64)]
    [InlineData(1048576, 64)]
    public async Task Random_bytes_are_echoed_intact(int blockBytes, int blocks)
    {
        // On one processor a system call costs this guest a quarter of what it does on two.
        var config = new GuestConfig { MaxPorts = 2, Ports = [Port("echo", "echo")] };
        await using GuestRig rig = await GuestRig.StartAsync(config, o => o with { Processor = 0 });
        await rig.AssertEchoesBlocksAsync("echo", blockBytes, blocks);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(false, false, false)]
    public async Task Bytes_are_intact_with_event_index_and_indirect_descriptors_on_and_off_on_either_layout(bool packed, bool eventIndex, bool indirect)
    {
        var config = new GuestConfig { MaxPorts = 2, Ports = [Port("echo", "echo")], PackedRing = packed, EventIndex = eventIndex, IndirectDescriptors = indirect };
        await using GuestRig rig = await GuestRig.StartAsync(config);

        await rig.AssertEchoesAsync("echo", 4096);

        // Busybox' cat hands whole pages of a file to the port with sendfile: the driver makes chains of several buffers.
        await rig.RunAsync($"exec 3<>{Links}/echo; dd of=/tmp/back bs=64k count=16 iflag=fullblock <&3 2>/dev/null & cat /tmp/sent >&3; wait; cmp /tmp/sent /tmp/back");
        string features = await rig.RunAsync("cat /sys/bus/virtio/devices/virtio0/features");
        Assert.Equal((packed, eventIndex, indirect), (features[34] == '1', features[29] == '1', features[28] == '1'));
        VirtqueueCounters counters = rig.Served.Device.Ports[1].TransmitCounters!;
        Assert.Equal(indirect, counters.IndirectChains > 0);
    }

    [Fact]
    public async Task The_second_open_of_a_port_gets_EBUSY()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Port("only", "null")] });

        string output = await rig.RunAsync($"exec 3<>{Links}/only; cat {Links}/only 2>&1; true");

        Assert.Contains("busy", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_with_the_host_closed_gives_end_of_file()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Port("closed", "unix:FOLDER/closed.sock")] });

        // Status 0 is end of file; 143 would be the timeout.
        Assert.Equal("0 0", await rig.RunAsync($"timeout 20 cat {Links}/closed >/tmp/read; echo $? $(wc -c </tmp/read)"));
    }

    [Fact]
    public async Task A_write_with_the_host_closed_blocks_and_goes_on_without_loss_when_a_client_comes()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Port("late", "unix:FOLDER/late.sock")] });
        await rig.RunAsync("dd if=/dev/urandom of=/tmp/sent bs=64k count=16 2>/dev/null");
        await rig.RunAsync($"(dd if=/tmp/sent of={Links}/late bs=5000 2>/dev/null; echo done >/tmp/done) >/dev/null 2>&1 &");

        await rig.RunAsync("sleep 1; test ! -e /tmp/done");
        using NetworkStream client = await HostClients.ConnectAsync(rig["late.sock"]);
        byte[] received = await client.ReadAsync(1 << 20);

        string sum = await rig.RunAsync("while [ ! -e /tmp/done ]; do usleep 10000; done; sha256sum </tmp/sent | cut -d' ' -f1");
        Assert.Equal(sum, Convert.ToHexStringLower(SHA256.HashData(received)));
    }

    [Fact]
    public async Task A_client_that_leaves_and_the_next_one_are_seen_by_the_guest()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Port("seat", "unix:FOLDER/seat.sock")] });

        using (NetworkStream first = await HostClients.ConnectAsync(rig["seat.sock"]))
        {
            await first.WriteAsync("one"u8.ToArray());
            Assert.Equal("one", await rig.RunAsync($"head -c 3 {Links}/seat"));
        }

        Assert.Equal("0 0", await rig.RunAsync($"timeout 20 cat {Links}/seat >/tmp/read; echo $? $(wc -c </tmp/read)"));
        using NetworkStream second = await HostClients.ConnectAsync(rig["seat.sock"]);
        await second.WriteAsync("two"u8.ToArray());
        Assert.Equal("two", await rig.RunAsync($"head -c 3 {Links}/seat"));
    }

    [Fact]
    public async Task A_blocked_port_stops_neither_another_port_nor_its_own_control_messages()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 3,
            Ports = [Port("stuck", "unix:FOLDER/stuck.sock"), Port("echo", "echo")],
        });
        using NetworkStream neverReads = await HostClients.ConnectAsync(rig["stuck.sock"]);
        await rig.RunAsync($"(dd if=/dev/zero of={Links}/stuck bs=64k count=1000 2>/dev/null) >/dev/null 2>&1 & sleep 1");

        await rig.AssertEchoesAsync("echo", 32768);

        // rmmod needs the port's buffers and its control messages back.
        await rig.RunAsync($"exec 3<>{Links}/echo; exec 3>&-; killall dd; sleep 1; rmmod virtio_console");
    }

    [Fact]
    public async Task A_console_port_is_a_terminal_of_the_guest()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Console = "unix:FOLDER/console.sock", Ports = [Port("p", "null")] });
        Assert.Equal("1", await rig.RunAsync("grep -c . /sys/class/virtio-ports/vport*p1/name"));

        using NetworkStream client = await HostClients.ConnectAsync(rig["console.sock"]);
        await rig.RunAsync("(stty raw -echo; read -r line; echo \"got $line\") <>/dev/hvc0 >&0 2>/dev/null & sleep 1");
        await client.WriteAsync("hello\n"u8.ToArray());

        Assert.Equal("got hello\n"u8.ToArray(), await client.ReadAsync(10));
    }

    [Fact]
    public async Task A_console_nobody_reads_does_not_hang_the_guest()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Console = "unix:FOLDER/console.sock" });

        await rig.RunAsync("dd if=/dev/zero of=/dev/hvc0 bs=4096 count=256 2>/dev/null");

        Assert.True(rig.Served.Device.Ports[0].Counters.BytesDiscarded >= 1 << 20);
    }

    [Fact]
    public async Task The_module_can_be_removed_and_loaded_again()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Port("echo", "echo")] });

        for (int i = 0; i < 3; i++)
        {
            await rig.AssertEchoesAsync("echo", 4096);
            await rig.RunAsync($"rmmod virtio_console; test -z \"$(ls /sys/class/virtio-ports 2>/dev/null)\"; insmod /lib/virtio_console.ko; wait-port echo");
        }

        await rig.AssertEchoesAsync("echo", 4096);
    }

    /// <summary>Sends random bytes to a program in the guest that sends them back.</summary>
    /// <returns>What is wrong with what came back; empty: nothing.</returns>
    private static async Task<string> DiffersAsync(NetworkStream client, int count)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(count);
        Task<byte[]> received = client.ReadAsync(count);
        await client.WriteAsync(sent);
        byte[] back = await received;
        return SHA256.HashData(sent).SequenceEqual(SHA256.HashData(back)) ? "" : $"differs at byte {sent.AsSpan().CommonPrefixLength(back)} of {count}";
    }
}
