using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRing.Console.Ports;
using FastRing.Host.Guests;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>A port of a Linux guest that takes all it can get, or nothing, and what the one beside it notices.</summary>
[Collection(nameof(Alone))]
public sealed class NeighbourTests
{
    private const string Links = GuestRig.Links;

    [Theory]
    [InlineData("null")]
    [InlineData("unix:FOLDER/flood.sock")]
    public async Task A_port_that_floods_keeps_the_one_beside_it_from_nothing(string backend)
    {
        const int Trips = 300;
        const ulong Progress = 1 << 20;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 3,
            Ports = [new PortConfig { Name = "flood", Backend = backend }, new PortConfig { Name = "echo", Backend = "echo" }],
        });
        using NetworkStream? reader = backend == "null" ? null : await HostClients.ConnectAsync(rig["flood.sock"]);
        Task reading = reader?.CopyToAsync(Stream.Null) ?? Task.CompletedTask;
        await rig.RunAsync($"(until [ -e /tmp/stop ]; do dd if=/dev/zero of={Links}/flood bs=32k count=64; done; >/tmp/stopped) >/dev/null 2>&1 &");
        Port flood = rig.Port("flood");
        await GuestRig.UntilAsync(() => flood.Counters.BytesToHost > Progress);

        ulong before = flood.Counters.BytesToHost;
        string trips = await rig.RunAsync(
            $"""
            exec 3<>{Links}/echo; i=0
            while [ $i -lt {Trips} ]; do echo "trip $i" >&3; read -r line <&3; [ "$line" = "trip $i" ] || break; i=$((i + 1)); done; echo $i
            """);

        Assert.Equal($"{Trips}", trips);
        Assert.InRange(flood.Counters.BytesToHost, before + Progress, ulong.MaxValue);
        await rig.RunAsync(">/tmp/stop");
        await rig.WaitAsync("-e /tmp/stopped");
        Assert.False(reading.IsFaulted);
    }

    [Fact]
    public async Task A_guest_that_opens_a_port_and_does_not_read_holds_up_that_ports_sender_only_and_loses_nothing()
    {
        const int Bytes = 16 << 20;
        const int Block = 64 << 10;
        const int MostUnderWay = 4 << 20; // The guest's buffers are 1 MiB, and a socket holds some hundred KiB.
        const int MostMemoryKiB = 16 << 10;
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(
            ["serve", "--socket-path", folder["vhost.sock"], "--max-ports", "3", "--port", $"full=unix:{folder["full.sock"]}", "--port", "echo=echo"]);
        await using UmlGuest guest = UmlGuest.Start(
            await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [folder["vhost.sock"]], WaitPorts = ["full", "echo"], RunAgent = false, LoggedInUser = null });
        await guest.WaitReadyAsync(GuestRig.Patience);
        using NetworkStream client = await HostClients.ConnectAsync(folder["full.sock"]);
        await RunAsync($"(exec 3<>{Links}/full; until [ -e /tmp/go ]; do usleep 10000; done; head -c {Bytes} <&3 | sha256sum | cut -d' ' -f1 >/tmp/sum; >/tmp/read) >/dev/null 2>&1 &");
        await EchoAsync();
        long before = PrivateKiB(daemon.ProcessId);

        byte[] bytes = RandomNumberGenerator.GetBytes(Bytes);
        int sent = 0;
        Task sending = Task.Run(async () =>
        {
            for (; sent < Bytes; Volatile.Write(ref sent, sent + Block))
            {
                await client.WriteAsync(bytes.AsMemory(sent, Block));
            }
        });
        await UntilHeldAsync().WaitAsync(GuestRig.Patience);
        await EchoAsync();

        Assert.InRange(Volatile.Read(ref sent), Block, MostUnderWay);
        Assert.False(sending.IsCompleted);
        Assert.InRange(PrivateKiB(daemon.ProcessId) - before, long.MinValue, MostMemoryKiB);
        await RunAsync(">/tmp/go");
        await sending.WaitAsync(GuestRig.Patience);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), await RunAsync("until [ -e /tmp/read ]; do usleep 10000; done; cat /tmp/sum"));

        // How much that is differs: a buffer of the guest holds what one read of the socket gave, from a byte to a page.
        async Task UntilHeldAsync()
        {
            int last;
            do
            {
                last = Volatile.Read(ref sent);
                await Task.Delay(1000);
            }
            while (last == 0 || last != Volatile.Read(ref sent));
        }

        // A mebibyte there and back.
        Task EchoAsync() => RunAsync(
            $"dd if=/dev/urandom of=/tmp/sent bs=64k count=16; exec 3<>{Links}/echo; dd of=/tmp/back bs=64k count=16 iflag=fullblock <&3 & cat /tmp/sent >&3; wait; cmp /tmp/sent /tmp/back");

        async Task<string> RunAsync(string command)
        {
            CommandResult result = await guest.RunAsync(command, GuestRig.Patience);
            Assert.True(result.ExitCode == 0, result.Output);
            return result.Output.Trim();
        }
    }

    /// <summary>Memory of a process that it shares with nobody, and that no file stands behind: not the guest's.</summary>
    private static long PrivateKiB(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").Single(l => l.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ')[^2], CultureInfo.InvariantCulture);
}
