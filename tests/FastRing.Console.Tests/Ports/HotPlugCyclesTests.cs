using FastRing.Console.Driver;
using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Ports;

[Collection(nameof(Alone))]
public sealed class HotPlugCyclesTests
{
    private const int Cycles = 10_000;
    private const long Slack = 256 * 1024; // Of 9000 cycles: less than 30 bytes each.

    [Fact]
    public void Ten_thousand_ports_that_come_and_go_leave_neither_memory_nor_descriptors_behind()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("canary", new EchoEndpoint()));
        ConsoleDriver driver = console.StartDriver();
        DriverPort canary = console.Open("canary");
        Cycle(console, folder["x"], Cycles / 10);
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        int files = OpenFiles();

        Cycle(console, folder["x"], Cycles - (Cycles / 10));

        Assert.Equal(files, OpenFiles());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, Slack);
        console.Write(canary, Pattern.Bytes(0, 1000));
        Pattern.AssertIs(console.Read(canary, 1000), 0);
        Assert.Single(driver.Ports);
    }

    private static void Cycle(TestConsole console, string path, int cycles)
    {
        for (int i = 0; i < cycles; i++)
        {
            console.Add(new PortOptions("x", new UnixListenEndpoint(path)));
            console.Until(() => console.Driver.FindPort("x") is not null, "port");
            DriverPort port = console.Driver.FindPort("x")!;
            if (i % 8 == 0)
            {
                // Open, in use, and with bytes under way.
                using HostClient client = HostClient.Connect(path);
                console.Until(() => port.IsHostOpen, "host open");
                port.Open();
                console.Write(port, Pattern.Bytes(i, 16));
                Pattern.AssertIs(client.Receive(16), i);
                client.Send(new byte[100]);
                port.TryWrite(new byte[1000]);
                console.Remove(console.PortOf("x"));
            }
            else
            {
                console.Remove(console.PortOf("x"));
            }

            console.Until(() => port.IsRemoved, "removal");
        }
    }

    /// <summary>Sockets, events and epolls. The runtime opens its own assemblies whenever it likes.</summary>
    private static int OpenFiles() =>
        Directory.GetFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget is { } target && !target.EndsWith(".dll", StringComparison.Ordinal));
}
