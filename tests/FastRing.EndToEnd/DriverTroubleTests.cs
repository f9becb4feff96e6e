using System.Collections.Concurrent;
using System.Net.Sockets;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Host.Guests;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.EndToEnd;

/// <summary>A Linux driver that goes in the middle of everything, and one that can't set a port up.</summary>
public sealed class DriverTroubleTests
{
    private const string Links = GuestRig.Links;

    /// <summary>The module can't be unloaded while a program has a port open; its driver can be taken from the device, which resets it just so.</summary>
    [Fact]
    public async Task A_driver_that_goes_while_its_ports_carry_traffic_leaves_nothing_behind_for_the_next()
    {
        const string Device = "/sys/bus/virtio/drivers/virtio_console";
        const ulong SomeBytes = 512 << 10;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 4,
            Ports =
            [
                new PortConfig { Name = "out", Backend = "null" },
                new PortConfig { Name = "in", Backend = "unix:FOLDER/in.sock" },
                new PortConfig { Name = "echo", Backend = "echo" },
            ],
        });
        using NetworkStream client = await HostClients.ConnectAsync(rig["in.sock"]);
        Task sending = SendForEverAsync(client);
        for (int round = 0; round < 3; round++)
        {
            ulong written = rig.Port("out").Counters.BytesToHost;
            ulong read = rig.Port("in").Counters.BytesToGuest;
            await rig.RunAsync($"(dd if=/dev/zero of={Links}/out bs=32k; >/tmp/out-{round}) >/dev/null 2>&1 & (cat {Links}/in; >/tmp/in-{round}) >/dev/null 2>&1 &");
            await GuestRig.UntilAsync(() => rig.Port("out").Counters.BytesToHost > written + SomeBytes && rig.Port("in").Counters.BytesToGuest > read + SomeBytes);

            await rig.RunAsync($"echo virtio0 >{Device}/unbind");
            await rig.WaitAsync($"-e /tmp/out-{round} -a -e /tmp/in-{round}");
            await rig.RunAsync($"[ -z \"$(ls /sys/class/virtio-ports)\" ] && echo virtio0 >{Device}/bind && wait-port out && wait-port in && wait-port echo");

            await rig.AssertEchoesAsync("echo", 4096);
        }

        Assert.Equal(0UL, rig.Device.Counters.BrokenQueues);
        Assert.False(sending.IsCompleted);
    }

    /// <summary>
    /// Linux gives a new port its receive buffers first, and says <c>PORT_READY</c> 0 if it can't. It can't on a queue its driver found broken: here a
    /// buffer is given back twice, while no port is there that would take it.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_port_that_the_driver_cannot_set_up_is_told_of_and_the_others_work(bool packed)
    {
        using var folder = new TemporaryFolder();
        var faults = new ConcurrentQueue<Exception>();
        using var worker = new Worker("trouble", faults.Enqueue);
        PortOptions[] ports = [new("lost", new NullEndpoint()), new("echo", new EchoEndpoint())];
        using var console = new ConsoleDevice(worker, new ConsoleOptions { MaxPorts = 3, Ports = ports, PackedRing = packed });
        await console.StartAsync();
        var queues = new LentQueues(console);
        using var backend = new VhostUserBackend(worker, queues, UnixSocket.Listen(folder["vhost.sock"]), "trouble");
        backend.Start();
        await using UmlGuest guest = UmlGuest.Start(
            await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [folder["vhost.sock"]], WaitPorts = ["lost", "echo"], RunAgent = false, LoggedInUser = null });
        await guest.WaitReadyAsync(GuestRig.Patience);
        ConcurrentQueue<string> events = PortNoticeTests.Listen(console);

        await console.RemovePortAsync(console.FindPort("lost")!);
        await RunAsync($"while [ -e {Links}/lost ]; do usleep 10000; done");
        await worker.InvokeAsync(() => GiveBackTwice(queues[QueueMap.ReceiveQueue(1)]));
        await RunAsync("until dmesg | grep -q 'is not a head'; do usleep 10000; done");
        Port next = await console.AddPortAsync(new PortOptions("next", new NullEndpoint()) { Id = 1 });
        await GuestRig.UntilAsync(() => events.Contains("GuestFailed next"));

        Assert.Equal((true, PortWait.Failed), (next.HasFailed, next.Waits));
        Assert.Equal("echo", await RunAsync("cat /sys/class/virtio-ports/*/name"));
        Assert.Equal("hi", await RunAsync($"exec 3<>{Links}/echo; echo hi >&3; read -r line <&3; echo $line"));
        Assert.Empty(faults);

        async Task<string> RunAsync(string command)
        {
            CommandResult result = await guest.RunAsync(command, GuestRig.Patience);
            Assert.True(result.ExitCode == 0, $"{result.Output}\n{guest.ConsoleText}");
            return result.Output.Trim();
        }
    }

    private static void GiveBackTwice(Virtqueue queue)
    {
        var chains = new DescriptorChain[2];
        int segments = 0;
        Assert.Equal(2, queue.PopBatch(chains, new IoVector[2], ref segments, ChainDirection.Writable));
        queue.Complete([chains[0], chains[0]]);
        queue.PublishAndNotify();
    }

    private static async Task SendForEverAsync(NetworkStream client)
    {
        byte[] bytes = new byte[64 << 10];
        while (true)
        {
            await client.WriteAsync(bytes);
        }
    }
}
