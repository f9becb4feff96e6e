using System.Collections.Concurrent;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>What whoever manages a Linux guest is told of its ports.</summary>
public sealed class PortNoticeTests
{
    private const string Links = GuestRig.Links;

    [Fact]
    public async Task A_ports_life_in_a_guest_is_told_from_its_addition_to_its_removal()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 3, Ports = [new PortConfig { Name = "first", Backend = "null" }] });
        ConcurrentQueue<string> events = Listen(rig.Device);

        Port port = await rig.Device.AddPortAsync(new PortOptions("hot", new EchoEndpoint()));
        await rig.WaitAsync($"-e {Links}/hot");
        await rig.RunAsync($"exec 3<>{Links}/hot; exec 3>&-");
        await GuestRig.UntilAsync(() => events.Contains("GuestClosed hot"));
        await rig.RunAsync($"(cat {Links}/hot) >/dev/null 2>&1 &");
        await port.WaitForGuestOpenAsync(GuestRig.Patience);
        await rig.Device.RemovePortAsync(port);
        await GuestRig.UntilAsync(() => events.Contains("Removed hot"));
        await rig.WaitAsync($"! -e {Links}/hot");

        Assert.Equal(
            ["Added hot", "HostOpened hot", "GuestReady hot", "GuestOpened hot", "GuestClosed hot", "GuestOpened hot", "Removed hot"],
            events); // What is removed while it is open is said to be removed, no more.
    }

    [Fact]
    public async Task A_drivers_going_and_coming_is_told()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "first", Backend = "null" }] });
        ConcurrentQueue<string> events = Listen(rig.Device);

        await rig.RunAsync("rmmod virtio_console; insmod /lib/virtio_console.ko; wait-port first");
        await rig.RunAsync($"exec 3<>{Links}/first");
        await GuestRig.UntilAsync(() => events.Contains("GuestClosed first"));

        Assert.Equal(["DriverReset", "DriverReady", "GuestReady first", "GuestOpened first", "GuestClosed first"], events);
    }

    internal static ConcurrentQueue<string> Listen(ConsoleDevice device)
    {
        var events = new ConcurrentQueue<string>();
        device.PortChanged += e => events.Enqueue($"{e.Kind} {e.Port?.Name}".TrimEnd());
        return events;
    }
}
