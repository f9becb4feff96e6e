using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.Host.Demo;

/// <summary>The guest of the embedded demo: FastRing's own console driver on a vhost-user connection to another process.</summary>
internal sealed class DemoDriver
{
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConsoleDriver _driver;

    private DemoDriver(ConsoleDriver driver) => _driver = driver;

    /// <summary>Connects, does its part, and prints a <see cref="DriverReport"/> as JSON.</summary>
    public static int Run(string socket)
    {
        using var session = new FrontendSession(VhostUserFrontend.Connect(socket), memoryBytes: 64UL << 20, Features);
        byte[] config = new byte[ConsoleConfig.SizeBytes];
        session.Frontend.GetConfig(0, config);
        using var driver = new ConsoleDriver(session, ConsoleConfig.ReadMaxPorts(config));
        driver.Start();
        var demo = new DemoDriver(driver);
        demo.Open(DemoPorts.Hello).TryWrite("hello from FastRing's driver\n"u8);
        demo.SendBack(demo.Open(DemoPorts.RoundTrip));
        DriverReport report = demo.Echo(demo.Open(DemoPorts.Echo));
        System.Console.WriteLine(JsonSerializer.Serialize(report, DemoJson.Default.DriverReport));
        return 0;
    }

    /// <summary>Waits for a port whose host side is open, and opens it.</summary>
    private DriverPort Open(string name)
    {
        DriverPort? port = null;
        while ((port = _driver.FindPort(name)) is not { IsHostOpen: true })
        {
            Wait();
        }

        port.Open();
        return port;
    }

    /// <summary>Sends back what comes until the host's side is closed.</summary>
    private void SendBack(DriverPort port)
    {
        byte[] buffer = new byte[4096];
        while (port.IsHostOpen)
        {
            int count = port.TryRead(buffer);
            for (int sent = 0; sent < count;)
            {
                sent += port.TryWrite(buffer.AsSpan(sent, count - sent));
            }

            if (count == 0)
            {
                Wait();
            }
        }
    }

    private DriverReport Echo(DriverPort port)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(EmbeddedDemo.EchoMiB << 20);
        byte[] received = new byte[sent.Length];
        int written = 0;
        int read = 0;
        long start = Stopwatch.GetTimestamp();
        while (read < received.Length)
        {
            int progress = port.TryWrite(sent.AsSpan(written));
            written += progress;
            int count = port.TryRead(received.AsSpan(read));
            read += count;
            if (progress + count == 0)
            {
                Wait();
            }
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bool intact = sent.AsSpan().SequenceEqual(received);
        return new DriverReport(intact, Convert.ToHexStringLower(SHA256.HashData(received)), seconds);
    }

    private void Wait()
    {
        if (!_driver.Wait(Patience))
        {
            throw new TimeoutException($"the device did nothing for {Patience.TotalSeconds} s");
        }

        _driver.Poll();
    }
}
