using FastRing.Console.Driver;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Spec;

namespace FastRing.Console.Tests.Recovery;

/// <summary>The device's process is killed before every single store to its area, while its driver talks on both control queues and both ways of its ports; and the next one, while it recovers.</summary>
public abstract class CrashPointTests(ulong features)
{
    private const int Bytes = 12_000;

    [Fact]
    public void Killed_before_any_store_it_goes_on_with_every_byte_and_message_once()
    {
        int kill = 1;
        for (int lives = 2; lives > 1; kill += 1)
        {
            lives = Run(kill, 1 + (kill * 7 % 61));
        }

        Assert.InRange(kill, 100, 5000); // Or there was little to be killed in.
    }

    private int Run(params int[] kills)
    {
        var client = new ResumableClient { ToSend = Bytes };
        using var console = new KilledConsole(() => Options(client), features);
        using var driver = new ConsoleDriver(console, 5, new DriverBuffers(ReceiveCount: 8, ReceiveBytes: 1000, TransmitCount: 4, TransmitBytes: 1500));
        var heard = new List<(string Port, ControlEvent Event, bool Open)>();
        driver.PortChanged += (port, what) => heard.Add((port.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), what, port.IsHostOpen));
        var read = new List<byte>();
        console.Run(() => Drive(driver, client, read), kills);

        Pattern.AssertIs([.. client.Received], 0);
        Pattern.AssertIs([.. read], 0);
        Assert.Equal((Bytes, Bytes), (client.Received.Count, read.Count));
        Assert.Equal(["PortAdd", "PortName", "PortOpen"], heard.Where(h => h.Port == "1").Select(h => h.Event.ToString()));
        Assert.Equal(["PortAdd", "PortName", "PortOpen"], heard.Where(h => h.Port == "2").Select(h => h.Event.ToString()));
        Assert.Equal(["PortAdd", "PortName"], heard.Where(h => h.Port == "3" && h.Event != ControlEvent.PortOpen).Select(h => h.Event.ToString()));
        console.Life.OnWorker(() => AssertKnows(console.Device, client));
        return console.Lives;
    }

    private static ConsoleOptions Options(ResumableClient client)
    {
        var coming = new TestEndpoint();
        coming.OnStart = () =>
        {
            coming.SetOpen(false);
            coming.Observer.OutputPossible();
        };
        return new ConsoleOptions
        {
            MaxPorts = 5,
            Ports = [new PortOptions("session", new ResumableEndpoint(client)), new PortOptions("file", new TestEndpoint()), new PortOptions("client", coming)],
        };
    }

    private static void Drive(ConsoleDriver driver, ResumableClient client, List<byte> read)
    {
        driver.Start();
        Until(driver, () => driver.Ports.Count(p => p.Name.Length > 0) == 3, "three ports");
        DriverPort session = driver.FindPort("session")!;
        DriverPort file = driver.FindPort("file")!;
        session.Open();
        Until(driver, () => session.IsHostOpen && file.IsHostOpen, "both open");
        int sent = 0;
        int opens = 0;
        var buffer = new byte[400];
        Until(
            driver,
            () =>
            {
                sent += session.TryWrite(Pattern.Bytes(sent, Math.Min(Bytes - sent, 100 + (sent % 1300))));
                read.AddRange(buffer.AsSpan(0, session.TryRead(buffer)));
                if (opens < 6 && sent * 6 / Bytes >= opens)
                {
                    (opens++ % 2 == 0 ? (Action)file.Open : file.Close)();
                    file.TryWrite(buffer);
                }

                return sent == Bytes && read.Count == Bytes && client.Received.Count == Bytes && opens == 6;
            },
            "all bytes");
        file.Open();
    }

    /// <summary>Every message of the driver was dealt with, and once: it opened the one port once and the other four times.</summary>
    private static void AssertKnows(ConsoleDevice device, ResumableClient client)
    {
        Port session = device.FindPort("session")!;
        Port file = device.FindPort("file")!;
        Assert.Equal((true, true, 1UL), (session.IsReady, session.IsGuestOpen, session.Counters.GuestOpens));
        Assert.Equal((true, true, 4UL), (file.IsReady, file.IsGuestOpen, file.Counters.GuestOpens));
        Assert.Equal((true, false), (device.FindPort("client")!.IsReady, device.FindPort("client")!.IsGuestOpen));
        Assert.True(device.IsDriverReady);
        Assert.Equal(1U, device.Drivers);
        Assert.All(client.Resumed, positions => Assert.Equal(client.Session, positions.Id));
    }

    private static void Until(ConsoleDriver driver, Func<bool> condition, string what) => Eventually.Is(
        () =>
        {
            driver.Poll();
            return condition();
        },
        what);
}

/// <summary>On split rings.</summary>
[Collection(nameof(Alone))]
public sealed class SplitCrashPointTests() : CrashPointTests(~VirtioFeatures.RingPacked);

/// <summary>On packed rings.</summary>
[Collection(nameof(Alone))]
public sealed class PackedCrashPointTests() : CrashPointTests(~0UL);
