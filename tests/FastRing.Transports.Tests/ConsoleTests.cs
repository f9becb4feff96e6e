using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Devices;
using FastRing.Spec;

namespace FastRing.Transports.Tests;

/// <summary>The console device by each transport, with a driver that goes through the registers.</summary>
public class ConsoleTests
{
    private const string PortName = "org.example.echo.0";
    private const int MaxPorts = 4;

    public static TheoryData<string, bool> Transports => new(
        from transport in (string[])["mmio", "pci", "pci by INTx", "vfio-user"] from packed in (bool[])[false, true] select (transport, packed));

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_driver_of_registers_finds_a_console_s_port_by_its_name_and_what_it_writes_comes_back(string transport, bool packed)
    {
        using var worker = new DeviceWorker();
        using var device = new ConsoleDevice(worker.Worker, new ConsoleOptions { MaxPorts = MaxPorts, Ports = [new PortOptions(PortName, new EchoEndpoint())] });
        await device.StartAsync();
        using VfioUserServing? serving = transport == "vfio-user" ? new VfioUserServing(worker, device) : null;
        using RegisterDriver driver = Connect(transport, worker, device, serving);
        for (int round = 0; round < 2; round++) // The second driver comes after a reset.
        {
            driver.Negotiate(packed ? ulong.MaxValue : ~VirtioFeatures.RingPacked);
            Assert.Equal(packed, (driver.Features & VirtioFeatures.RingPacked) != 0);
            GoThere(driver);
        }

        Assert.Equal(DeviceStatus.None, driver.Status & DeviceStatus.NeedsReset);
    }

    private static RegisterDriver Connect(string transport, DeviceWorker worker, IVirtioDevice device, VfioUserServing? serving)
    {
        if (transport == "mmio")
        {
            return new MmioDriver(worker, device);
        }

        PciDriver driver = serving is null ? new LocalPciDriver(worker, device) { UsesMsix = transport == "pci" } : VfioUserDriver.Connect(serving.Path);
        driver.Enumerate();
        return driver;
    }

    private static void GoThere(RegisterDriver driver)
    {
        using var console = new ConsoleDriver(driver, MaxPorts, new DriverBuffers(ReceiveCount: 16, ReceiveBytes: 2048, TransmitCount: 8, TransmitBytes: 4096));
        driver.Begin();
        console.Start();
        DriverPort? port = null;
        Until(console, () => (port = console.FindPort(PortName)) is { IsHostOpen: true }, "the port");
        port!.Open();
        byte[] sent = new byte[100_000];
        Random.Shared.NextBytes(sent);
        byte[] received = new byte[sent.Length];
        int written = 0;
        int read = 0;
        Until(
            console,
            () =>
            {
                written += port.TryWrite(sent.AsSpan(written));
                read += port.TryRead(received.AsSpan(read));
                return read == received.Length;
            },
            "all of it back");
        Assert.Equal(sent, received);
        port.Close();
    }

    private static void Until(ConsoleDriver console, Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + Patience.Milliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"still not: {what}");
            console.Wait(TimeSpan.FromSeconds(1));
            console.Poll();
        }
    }
}
