using System.Globalization;
using System.Net.Sockets;
using FastRing.Host.Guests;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>
/// A guest that sleeps. Linux' console driver resets the device before, and after it begins anew without a word of <c>DEVICE_READY</c>: what it says are
/// <c>PORT_READY</c> and, of ports that a program has open, <c>PORT_OPEN</c>.
/// </summary>
public sealed class SuspendTests
{
    private const string Links = GuestRig.Links;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_guest_that_was_suspended_goes_on_with_the_ports_it_had_open(bool packed)
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 3,
            PackedRing = packed,
            Ports = [new PortConfig { Name = "open", Backend = "unix:FOLDER/open.sock" }, new PortConfig { Name = "echo", Backend = "echo" }],
        });
        using NetworkStream client = await HostClients.ConnectAsync(rig["open.sock"]);
        await rig.RunAsync($"(while read -r line; do echo \"heard $line\"; done) <>{Links}/open >&0 2>/dev/null &");
        Assert.Equal("heard before", await AskAsync(client, "before"));

        for (int sleep = 1; sleep <= 3; sleep++)
        {
            Task<string> asleep = rig.RunAsync("echo mem >/sys/power/state; cat /sys/power/suspend_stats/success");
            await WakeAsync(rig.Linux, asleep);

            Assert.Equal(sleep.ToString(CultureInfo.InvariantCulture), await asleep);
            await GuestRig.UntilAsync(() => rig.Port("open").IsGuestOpen);
            Assert.Equal($"heard {sleep}", await AskAsync(client, $"{sleep}"));
            await rig.AssertEchoesAsync("echo", 4096);
        }

        Assert.Equal(0UL, rig.Device.Counters.BrokenQueues);
    }

    private static async Task<string> AskAsync(NetworkStream client, string line)
    {
        await client.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{line}\n"));
        using var reader = new StreamReader(client, leaveOpen: true);
        return (await reader.ReadLineAsync().WaitAsync(GuestRig.Patience))!;
    }

    /// <summary>User-mode Linux sleeps until its process gets SIGUSR1; one that comes before it sleeps is forgotten.</summary>
    private static async Task WakeAsync(UmlGuest guest, Task asleep)
    {
        while (await Task.WhenAny(asleep, Task.Delay(200)) != asleep)
        {
            await Programs.RunAsync("kill", ["-USR1", guest.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        }
    }
}
