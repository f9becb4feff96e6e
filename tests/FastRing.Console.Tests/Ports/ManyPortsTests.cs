using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;

namespace FastRing.Console.Tests.Ports;

/// <summary>All the ports a device can have.</summary>
public sealed class ManyPortsTests
{
    private const int All = 511;
    private const int Bytes = 3000;
    private const ulong Memory = 256 << 20;

    [Fact]
    public void All_511_have_their_names_are_open_both_ways_and_carry_their_own_bytes_at_once()
    {
        PortOptions[] ports = [new("con", new EchoEndpoint(), IsConsole: true), .. Enumerable.Range(1, All - 1).Select(i => new PortOptions($"p{i}", new EchoEndpoint()))];
        using var console = new TestConsole(new ConsoleOptions { MaxPorts = All, Ports = ports }, memoryBytes: Memory);
        ConsoleDriver driver = console.StartDriver(new DriverBuffers(8, 256, 8, 256));
        console.Until(() => driver.Ports.All(p => p.IsHostOpen && p.Name.Length > 0), "all named and open");
        Assert.Equal(All, driver.Ports.Count);
        Assert.All(driver.Ports, p => Assert.Equal(p.Id == 0 ? "con" : $"p{p.Id}", p.Name));

        foreach (DriverPort port in driver.Ports)
        {
            port.Open();
        }

        console.Settle();
        Assert.All(console.Device.Ports, p => Assert.Equal((true, true, PortWait.Nothing), (p.IsGuestOpen, p.IsHostOpen, p.Waits)));
        CarryOnAll(console, [.. driver.Ports]);
        Assert.All(console.Device.Ports, p => Assert.Equal(((ulong)Bytes, (ulong)Bytes), (p.Counters.BytesToHost, p.Counters.BytesToGuest)));
    }

    [Fact]
    public void Idle_ports_are_not_even_looked_at_while_another_works()
    {
        TestEndpoint[] idle = [.. Enumerable.Range(0, All - 2).Select(_ => new TestEndpoint())];
        PortOptions[] ports = [new("busy", new EchoEndpoint()), .. idle.Select((e, i) => new PortOptions($"idle{i}", e))];
        using var console = new TestConsole(new ConsoleOptions { MaxPorts = All, Ports = ports }, memoryBytes: Memory);
        ConsoleDriver driver = console.StartDriver(new DriverBuffers(8, 256, 8, 256));
        foreach (DriverPort port in driver.Ports)
        {
            port.Open();
        }

        console.Until(() => driver.Ports.All(p => p.IsHostOpen), "all open");
        long[] before;
        do
        {
            driver.Poll();
            before = [.. idle.Select(e => e.Looks)];
            console.Settle();
        }
        while (!before.SequenceEqual(idle.Select(e => e.Looks)));

        DriverPort busy = driver.FindPort("busy")!;
        for (int i = 0; i < 200; i++)
        {
            console.Write(busy, Pattern.Bytes(i * 100, 100));
            Pattern.AssertIs(console.Read(busy, 100), i * 100);
        }

        Assert.Equal(before, idle.Select(e => e.Looks));
        Assert.All(idle, e => Assert.Equal((0, 0), (e.Reads, e.Writes)));
    }

    /// <summary>Each port has a stretch of the pattern of its own.</summary>
    private static void CarryOnAll(TestConsole console, DriverPort[] ports)
    {
        var sent = new int[All];
        var back = new int[All];
        var bytes = new byte[256];
        console.Until(
            () =>
            {
                foreach (DriverPort port in ports)
                {
                    long start = port.Id * 10_000L;
                    int length = Math.Min(bytes.Length, Bytes - sent[port.Id]);
                    sent[port.Id] += port.TryWrite(Pattern.Bytes(start + sent[port.Id], length));
                    int read = port.TryRead(bytes);
                    Pattern.AssertIs(bytes.AsSpan(0, read), start + back[port.Id]);
                    back[port.Id] += read;
                }

                return back.All(b => b == Bytes);
            },
            "all bytes of all ports");
    }
}
