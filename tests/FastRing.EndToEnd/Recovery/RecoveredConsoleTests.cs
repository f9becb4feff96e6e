using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Console.Tests.Recovery;
using FastRing.Console.Tests.Support;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd.Recovery;

/// <summary>A console behind vhost-user whose process stands still in mid-traffic, as good as killed; its frontend says all again to another, with the area.</summary>
public sealed class RecoveredConsoleTests
{
    private const int Bytes = 600_000;
    private const int Kills = 25;

    [Theory]
    [InlineData(~VirtioFeatures.RingPacked)]
    [InlineData(~0UL)]
    public void Every_byte_and_message_arrives_once_whenever_it_is_killed(ulong features)
    {
        using var gate = new ManualResetEventSlim();
        var client = new ResumableClient { ToSend = Bytes };
        var lives = new Stack<ConsoleLife>([new ConsoleLife(client, gate)]);
        using var session = new FrontendSession(lives.Peek().Connect(), 8 << 20, features);
        session.TrackInflight((ushort)lives.Peek().Device.QueueCount, 256);
        using var driver = new ConsoleDriver(session, ConsoleLife.MaxPorts, new DriverBuffers(ReceiveCount: 16, ReceiveBytes: 2000, TransmitCount: 8, TransmitBytes: 3000));
        var heard = new List<ControlEvent>();
        driver.PortChanged += (_, what) => heard.Add(what);
        driver.Start();
        Until(driver, () => driver.FindPort("session")?.IsHostOpen ?? false, "the port");
        DriverPort port = driver.FindPort("session")!;
        port.Open();
        var random = new Random(3);
        var read = new List<byte>();
        var buffer = new byte[1700];
        int sent = 0;
        Until(
            driver,
            () =>
            {
                sent += port.TryWrite(Pattern.Bytes(sent, Math.Min(Bytes - sent, random.Next(1, 4000))));
                read.AddRange(buffer.AsSpan(0, port.TryRead(buffer)));
                if (lives.Count <= Kills && Math.Min(sent, read.Count) > (long)Bytes * lives.Count / (Kills + 2))
                {
                    lives.Peek().StandStill();
                    lives.Push(new ConsoleLife(client, gate));
                    session.Reconnect(lives.Peek().Connect());
                }

                return sent == Bytes && read.Count == Bytes && client.Received.Count == Bytes;
            },
            "all bytes");

        Assert.Equal(Kills + 1, lives.Count);
        Pattern.AssertIs([.. client.Received], 0);
        Pattern.AssertIs([.. read], 0);
        Assert.Equal([ControlEvent.PortAdd, ControlEvent.PortName, ControlEvent.PortOpen], heard);
        Assert.Equal(Kills, client.Resumed.Count);
        Assert.Equal((true, 1UL), (lives.Peek().Device.FindPort("session")!.IsGuestOpen, lives.Peek().Device.FindPort("session")!.Counters.GuestOpens));
        gate.Set();
        foreach (ConsoleLife life in lives)
        {
            life.Dispose();
        }
    }

    private static void Until(ConsoleDriver driver, Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + 60_000;
        while (!condition())
        {
            driver.Poll();
            Assert.True(Environment.TickCount64 < end, $"never came about: {what}");
        }
    }
}
