using System.Globalization;
using System.Net.Sockets;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>Ports that come and go while a Linux guest runs.</summary>
public sealed class HotPlugTests
{
    private const string Links = GuestRig.Links;

    /// <summary>Ports that come and go; <c>tests/run.sh torture</c> makes 10,000 of them.</summary>
    private static readonly int s_cycles = int.TryParse(
        Environment.GetEnvironmentVariable("FASTRING_HOTPLUG_CYCLES"), CultureInfo.InvariantCulture, out int cycles) ? cycles : 60;

    [Fact]
    public async Task A_port_added_and_removed_at_run_time_comes_and_goes_in_the_guest()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 4, Ports = [new PortConfig { Name = "first", Backend = "null" }] });

        Port port = await rig.Device.AddPortAsync(new PortOptions("org.example.hot.0", new EchoEndpoint()));
        await rig.WaitAsync($"-e {Links}/org.example.hot.0");
        Assert.Equal("org.example.hot.0", await rig.RunAsync($"cat /sys/class/virtio-ports/vport0p{port.Id}/name"));
        await rig.AssertEchoesAsync("org.example.hot.0", 4096);

        await rig.Device.RemovePortAsync(port);
        await rig.WaitAsync($"! -e /sys/class/virtio-ports/vport0p{port.Id}");
        await rig.WaitAsync($"! -e /dev/vport0p{port.Id}");
        Assert.Equal("first", await rig.RunAsync("cat /sys/class/virtio-ports/*/name"));
    }

    [Fact]
    public async Task Readers_and_writers_that_wait_in_the_guest_get_an_error_when_their_port_goes_and_the_next_of_its_number_works()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 4,
            Ports =
            [
                new PortConfig { Name = "silent", Backend = "null" },
                new PortConfig { Name = "full", Backend = "unix:FOLDER/full.sock" },
                new PortConfig { Name = "closed", Backend = "unix:FOLDER/closed.sock" },
            ],
        });
        Port[] ports = [.. rig.Device.Ports.Skip(1)];
        using NetworkStream neverReads = await HostClients.ConnectAsync(rig["full.sock"]);
        await rig.RunAsync(
            $"""
            (cat {Links}/silent; echo $? >/tmp/silent) >/dev/null 2>/tmp/silent.error &
            (dd if=/dev/zero of={Links}/full bs=4k count=10000; echo $? >/tmp/full) >/dev/null 2>/tmp/full.error &
            (dd if=/dev/zero of={Links}/closed bs=4k count=10000; echo $? >/tmp/closed) >/dev/null 2>/tmp/closed.error &
            """);
        await Task.WhenAll(ports.Select(p => p.WaitForGuestOpenAsync(GuestRig.Patience)));
        await rig.RunAsync("sleep 1; ! ls /tmp/silent /tmp/full /tmp/closed 2>/dev/null");

        // The same numbers and names again, at once: the guest has not even heard that the first ones went.
        await Task.WhenAll(ports.Select(rig.Device.RemovePortAsync));
        Port[] next = await Task.WhenAll(ports.Select(p => rig.Device.AddPortAsync(new PortOptions(p.Name, new EchoEndpoint()) { Id = p.Id })));

        await rig.WaitAsync("-e /tmp/silent -a -e /tmp/full -a -e /tmp/closed");
        Assert.Equal("1\n1\n1", await rig.RunAsync("cat /tmp/silent /tmp/full /tmp/closed"));
        Assert.Equal("3", await rig.RunAsync("cat /tmp/*.error | grep -c 'No such device'"));
        foreach (Port port in next)
        {
            await rig.WaitAsync($"-e {Links}/{port.Name}");
            await rig.AssertEchoesAsync(port.Name, 4096);
        }

        Assert.All(ports, p => Assert.True(p.IsRemoved));
        Assert.Equal(["silent", "full", "closed"], next.Select(p => p.Name));
    }

    /// <summary>SIGIO, POLLHUP and ENODEV need a program: one of C, compiled here and handed to the guest through the port itself.</summary>
    [Fact]
    public async Task A_program_that_waits_for_a_signal_of_its_port_is_told_that_the_port_is_gone()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "watched", Backend = "unix:FOLDER/watched.sock" }] });
        await Programs.RunAsync("gcc", ["-static", "-O2", "-Wall", "-Werror", "-x", "c", "-o", rig["watcher"], "-"], PortWatcher.Source);
        byte[] program = await File.ReadAllBytesAsync(rig["watcher"]);
        using NetworkStream client = await HostClients.ConnectAsync(rig["watched.sock"]);
        Task sending = client.WriteAsync(program).AsTask();
        await rig.RunAsync($"head -c {program.Length} {Links}/watched >/tmp/watcher; chmod +x /tmp/watcher");
        await sending;
        await rig.RunAsync($"(/tmp/watcher {Links}/watched >/tmp/told; >/tmp/ended) >/dev/null 2>&1 &");
        await rig.WaitAsync("-s /tmp/told");
        await rig.RunAsync("sleep 1; [ ! -e /tmp/ended ]");

        await rig.Device.RemovePortAsync(rig.Port("watched"));

        await rig.WaitAsync("-e /tmp/ended");
        Assert.Equal("waiting\nSIGIO\nPOLLHUP\nread: No such device", await rig.RunAsync("cat /tmp/told"));
    }

    [Fact]
    public async Task A_shell_that_polls_a_port_is_woken_when_it_goes()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "polled", Backend = "null" }] });
        await rig.RunAsync($"(exec 3<>{Links}/polled; read -t 10000 -r line <&3; echo $? >/tmp/polled) >/dev/null 2>&1 &"); // With a time limit it polls.
        await rig.Port("polled").WaitForGuestOpenAsync(GuestRig.Patience);
        await rig.RunAsync("sleep 1; [ ! -e /tmp/polled ]");

        await rig.Device.RemovePortAsync(rig.Port("polled"));

        await rig.WaitAsync("-s /tmp/polled");
        Assert.Equal("1", await rig.RunAsync("cat /tmp/polled"));
    }

    /// <summary>
    /// One after the other under one number, each removed while the guest has it open: with a reader that waits, with a writer that waits, or as it closes it.
    /// </summary>
    [Fact]
    public async Task Ports_come_and_go_under_one_number_while_a_neighbour_notices_nothing()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 3, Ports = [new PortConfig { Name = "steady", Backend = "echo", Id = 2 }] });
        await rig.RunAsync("echo >/proc/sys/kernel/hotplug; dd if=/dev/urandom of=/tmp/sent bs=64k count=4 2>/dev/null");
        await rig.RunAsync(
            $"""
            (exec 3<>{Links}/steady; n=0
            while [ ! -e /tmp/stop ]; do
              dd of=/tmp/received bs=64k count=4 iflag=fullblock <&3 &
              dd if=/tmp/sent bs=4k >&3
              wait; cmp /tmp/sent /tmp/received || echo differs >>/tmp/differs
            done; echo done >/tmp/steady) >/dev/null 2>&1 &
            """);

        // Shell built-ins only: to start a program takes this guest longer than the rest of a cycle.
        await rig.RunAsync(
            $$"""
            (port=vport0p1; more=xxxxxxxxxxxxxxxx; for i in 1 2 3 4 5; do more=$more$more; done
            i=0
            while [ $i -lt {{s_cycles}} ]; do
              until read -r name </sys/class/virtio-ports/$port/name && [ "$name" = cycle-$i ]; do :; done
              until {
                echo "hello $i" >&3; line=; read -r line <&3; [ "$line" = "hello $i" ] || echo "$i $line" >>/tmp/wrong
                case $((i % 3)) in
                0) read -r line <&3 && echo "$i read $line" >>/tmp/wrong ;;
                1) while echo $more >&3; do :; done ;;
                esac
                :
              } 3<>/dev/$port; do :; done
              i=$((i + 1))
            done; echo $i >/tmp/cycles) >/dev/null 2>&1 &
            """);

        for (int i = 0; i < s_cycles; i++)
        {
            Port port = await rig.Device.AddPortAsync(new PortOptions($"cycle-{i}", new EchoEndpoint()) { Id = 1 });
            await UntilUsedAsync(rig, port, i);
            await rig.Device.RemovePortAsync(port);
        }

        await rig.WaitAsync("-e /tmp/cycles");
        Assert.Equal($"{s_cycles}", await rig.RunAsync("cat /tmp/cycles /tmp/wrong 2>/dev/null; true"));
        await rig.RunAsync(">/tmp/stop");
        await rig.WaitAsync("-e /tmp/steady");
        await rig.RunAsync("test ! -e /tmp/differs");
        await rig.WaitAsync("! -e /sys/class/virtio-ports/vport0p1");
        Assert.True(rig.Port("steady").Counters.BytesToGuest >= 256 << 10);
        Assert.Equal(0UL, rig.Device.Counters.BrokenQueues);
    }

    /// <summary>Until the guest is where the port is to be taken from it; one that closes it may have done so long ago.</summary>
    private static async Task UntilUsedAsync(GuestRig rig, Port port, int cycle)
    {
        try
        {
            if (cycle % 3 == 1)
            {
                await GuestRig.UntilAsync(() => port.Counters.BytesToHost > 32 << 10);
                return;
            }

            await GuestRig.UntilAsync(() => port.Counters.BytesToGuest > 0);
            Task hasRead = port.WaitForAcknowledgementAsync(GuestRig.Patience);
            await GuestRig.UntilAsync(() => hasRead.IsCompleted || (cycle % 3 == 2 && !port.IsGuestOpen));
            await (hasRead.IsCompleted ? hasRead : Task.CompletedTask);
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or TimeoutException)
        {
            string guest = await rig.RunAsync("ls -l /dev/vport* /sys/class/virtio-ports; cat /sys/class/virtio-ports/*/name; cat /tmp/wrong /tmp/cycles; ps; dmesg | tail -n 20; true");
            throw new TimeoutException($"port '{port.Name}': {e.Message}\n{guest}", e);
        }
    }
}
