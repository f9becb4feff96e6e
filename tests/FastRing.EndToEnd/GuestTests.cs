using FastRing.Host.Guests;
using FastRing.Host.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.EndToEnd;

/// <summary>Guests that come, go and share a process.</summary>
public sealed class GuestTests
{
    private static readonly PortConfig Echo = new() { Name = "echo", Backend = "echo" };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_guest_reboots_against_the_same_device(bool packed)
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Echo], PackedRing = packed });
        Assert.Equal("hi", await EchoLineAsync(rig.Linux));
        Assert.Equal(packed ? "1" : "0", await FeatureAsync(rig.Linux, 34)); // VIRTIO_F_RING_PACKED

        // The guest goes down with the port open and says nothing of it: the next driver's first word has to tell.
        _ = await rig.Linux.RunAsync("(exec 3<>/dev/virtio-ports/echo; sleep 1; reboot -f) >/dev/null 2>&1 &", GuestRig.Patience);
        await rig.Linux.WaitReadyAsync(GuestRig.Patience, boot: 2);

        Assert.False(rig.Served.Device.Ports[1].IsGuestOpen);
        Assert.Equal("hi", await EchoLineAsync(rig.Linux));
        Assert.Equal(3UL, rig.Served.Device.Ports[1].Counters.GuestOpens);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_guest_orders_memory_as_for_hardware_where_it_is_told_to_and_nothing_is_lost(bool ordered)
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Echo], OrderPlatform = ordered });
        Assert.Equal(ordered ? "1" : "0", await FeatureAsync(rig.Linux, 36)); // VIRTIO_F_ORDER_PLATFORM
        await rig.AssertEchoesAsync("echo", 4096);
    }

    [Fact]
    public async Task The_socket_serves_the_next_guest_when_one_ends()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [Echo] });
        Assert.Equal("hi", await EchoLineAsync(rig.Linux));
        await rig.Linux.PowerOffAsync(GuestRig.Patience);
        await rig.Linux.DisposeAsync();

        await rig.BootAsync();
        Assert.Equal("hi", await EchoLineAsync(rig.Linux));

        // Killed instead of switched off: the socket just ends.
        await rig.Linux.DisposeAsync();
        await rig.BootAsync();
        Assert.Equal("hi", await EchoLineAsync(rig.Linux));
    }

    [Fact]
    public async Task Four_guests_of_one_process_talk_at_the_same_time()
    {
        using var folder = new TemporaryFolder();
        GuestConfig[] configs = [.. Enumerable.Range(0, 4).Select(i => new GuestConfig
        {
            Name = $"guest-{i}",
            SocketPath = folder[$"vhost-{i}.sock"],
            MaxPorts = 9,
            Ports = [.. Enumerable.Range(0, 8).Select(p => new PortConfig { Name = $"echo-{i}-{p}", Backend = "echo" })],
        })];
        using ServedGuests served = ServedGuests.Open(configs, NullLogger.Instance);
        await served.StartAsync();
        GuestRoot root = await GuestImage.Root;
        UmlGuest[] guests = [.. configs.Select(c => UmlGuest.Start(root, new UmlGuestOptions
        {
            DeviceSockets = [c.SocketPath!], WaitPorts = [.. c.Ports.Select(p => p.Name)], RunAgent = false, LoggedInUser = null,
        }))];
        try
        {
            await Task.WhenAll(guests.Select(g => g.WaitReadyAsync(GuestRig.Patience)));
            CommandResult[] results = await Task.WhenAll(guests.Select((g, i) => g.RunAsync(AllPortsAtOnce(i), GuestRig.Patience)));
            Assert.All(results, r => Assert.Equal((0, "8\n"), (r.ExitCode, r.Output)));
        }
        finally
        {
            foreach (UmlGuest guest in guests)
            {
                await guest.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_real_qemu_client_program_talks_to_the_agent()
    {
        var config = new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "org.qemu.guest_agent.0", Backend = "unix:FOLDER/agent.sock" }] };
        await using GuestRig rig = await GuestRig.StartAsync(config, o => o with { RunAgent = true });

        string answer = await Programs.RunAsync("socat", ["-t20", "-", $"UNIX-CONNECT:{rig["agent.sock"]}"], """{"execute":"guest-sync","arguments":{"id":4711}}""" + "\n");

        Assert.Equal("""{"return": 4711}""", answer.Trim());
    }

    private static string AllPortsAtOnce(int guest) =>
        $$"""
        dd if=/dev/urandom of=/tmp/sent bs=64k count=4 2>/dev/null
        for p in 0 1 2 3 4 5 6 7; do
          (exec 3<>/dev/virtio-ports/echo-{{guest}}-$p; dd of=/tmp/back-$p bs=64k count=4 iflag=fullblock <&3 2>/dev/null & dd if=/tmp/sent bs=8k >&3 2>/dev/null; wait) &
        done
        wait
        for p in 0 1 2 3 4 5 6 7; do cmp /tmp/sent /tmp/back-$p && echo ok; done | wc -l
        """;

    private static async Task<string> EchoLineAsync(UmlGuest guest)
    {
        CommandResult result = await guest.RunAsync("exec 3<>/dev/virtio-ports/echo; echo hi >&3; read -r line <&3; echo $line", GuestRig.Patience);
        return result.Output.TrimEnd();
    }

    /// <summary>A bit of what the guest's driver accepted.</summary>
    private static async Task<string> FeatureAsync(UmlGuest guest, int bit)
    {
        CommandResult result = await guest.RunAsync($"cut -c {bit + 1} /sys/bus/virtio/devices/virtio0/features", GuestRig.Patience);
        return result.Output.TrimEnd();
    }
}
