using System.Net.Sockets;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>Consoles: their size, and output that is never held back. Debian's 6.1 kernel reads columns first.</summary>
public sealed class TerminalTests
{
    private static readonly GuestConfig Console = new() { MaxPorts = 3, Console = "null", ResizeOrder = "columnsFirst" };

    [Fact]
    public async Task A_console_has_its_size_from_the_start_and_hears_of_another()
    {
        await using GuestRig rig = await GuestRig.StartAsync(Console with { ConsoleSize = "132x43" });
        await AssertSizeAsync(rig, "hvc0", "43 132");

        await rig.Device.Ports[0].ResizeAsync(new ConsoleSize(Columns: 100, Rows: 30));

        await AssertSizeAsync(rig, "hvc0", "30 100");
    }

    [Fact]
    public async Task A_console_without_a_size_gets_one_later_and_so_does_one_that_was_added_later()
    {
        await using GuestRig rig = await GuestRig.StartAsync(Console);
        await rig.Device.Ports[0].ResizeAsync(new ConsoleSize(Columns: 90, Rows: 20));
        await AssertSizeAsync(rig, "hvc0", "20 90");

        Port second = await rig.Device.AddPortAsync(
            new PortOptions("org.example.console.1", new NullEndpoint(), IsConsole: true) { Id = 2, Size = new ConsoleSize(Columns: 70, Rows: 10) });
        await rig.WaitAsync("-e /dev/hvc1");
        await AssertSizeAsync(rig, "hvc1", "10 70");
        await second.ResizeAsync(new ConsoleSize(Columns: 71, Rows: 11));
        await AssertSizeAsync(rig, "hvc1", "11 71");
        await AssertSizeAsync(rig, "hvc0", "20 90");
    }

    [Fact]
    public async Task Console_output_is_not_held_back_by_a_limit_nor_by_a_client_that_reads_nothing()
    {
        const int Bytes = 256 << 10;
        await using GuestRig rig = await GuestRig.StartAsync(Console with { Console = "unix:FOLDER/console.sock" });
        Port port = rig.Device.Ports[0];
        await port.SetLimitsAsync(new PortLimits(ToHost: new RateLimit(BytesPerSecond: 10, MessagesPerSecond: 1)));
        using NetworkStream neverReads = await HostClients.ConnectAsync(rig["console.sock"]);

        await rig.RunAsync($"dd if=/dev/zero of=/dev/hvc0 bs=4096 count={Bytes / 4096} 2>/dev/null");

        await GuestRig.UntilAsync(() => port.Counters.BytesToHost + port.Counters.BytesDiscarded >= Bytes);
        Assert.NotEqual(0UL, port.Counters.BytesToHost);
        Assert.NotEqual(0UL, port.Counters.BytesDiscarded);
    }

    private static async Task AssertSizeAsync(GuestRig rig, string device, string size) =>
        await rig.RunAsync($"for i in 1 2 3 4 5 6 7 8 9; do seen=$(stty size </dev/{device}); [ \"$seen\" = '{size}' ] && exit 0; sleep 0.2; done; echo \"$seen\"; exit 1");
}
