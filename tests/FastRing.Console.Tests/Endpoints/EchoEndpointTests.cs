using System.Text;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Endpoints;

public sealed class EchoEndpointTests
{
    private const int MostBuffers = 50_000;

    public static TheoryData<int, bool, bool> Blocks()
    {
        var data = new TheoryData<int, bool, bool>();
        foreach (int block in new[] { 1, 7, 64, 1000, 4096, 65536, 1 << 20 })
        {
            foreach (bool eventIndex in new[] { false, true })
            {
                data.Add(block, eventIndex, false);
                data.Add(block, eventIndex, true);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Eight_megabytes_come_back_as_they_went(int block, bool eventIndex, bool indirect)
    {
        var options = new ConsoleOptions
        {
            EventIndex = eventIndex,
            IndirectDescriptors = indirect,
            Ports = [new("echo", new EchoEndpoint())],
        };
        using var console = new TestConsole(options);
        new ControlDriver(console).Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, 64, Math.Min(block, 100_000), Math.Clamp((16 << 20) / block, 4, 64), block, pieces: 3);
        long total = Math.Min(8L << 20, (long)block * MostBuffers);

        Echo(port, total, block);

        Assert.True(port.IsHonest);
        Assert.Equal((ulong)total, console.PortOf("echo").Counters.BytesToHost);
        Assert.Equal((ulong)total, console.PortOf("echo").Counters.BytesToGuest);
        bool usedTables = block >= 3 && indirect;
        console.OnWorker(() => Assert.Equal(usedTables, console.Transport[5].Device!.Counters.IndirectChains > 0));
    }

    [Fact]
    public void What_came_from_a_guest_that_never_opened_the_port_is_not_for_the_next()
    {
        using var console = new TestConsole(new PortOptions("echo", new EchoEndpoint()));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1, receiveCount: 1, receiveBytes: 8);
        port.TryAdd("old"u8);
        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Equal(3UL, console.PortOf("echo").Counters.BytesToHost);

        control.Say(1, ControlEvent.PortOpen, 1);
        port.TryAdd("new"u8);
        port.Transmit.PublishAndKick();
        console.Settle();
        var bytes = new byte[8];
        Assert.Equal(3, port.TryTake(bytes));
        Assert.Equal("new", Encoding.ASCII.GetString(bytes, 0, 3));
    }

    [Fact]
    public void What_is_left_is_forgotten_when_the_guest_closes_the_port()
    {
        using var console = new TestConsole(new PortOptions("echo", new EchoEndpoint()));
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1, receiveCount: 1, receiveBytes: 1);
        control.Say(1, ControlEvent.PortOpen, 1);
        port.TryAdd("old"u8); // One byte is taken, there is no buffer for the others.
        port.Transmit.PublishAndKick();
        console.Settle();

        control.Say(1, ControlEvent.PortOpen, 0);
        control.Say(1, ControlEvent.PortOpen, 1);
        port.TryAdd("new"u8);
        port.Transmit.PublishAndKick();

        Assert.Equal("onew", string.Concat(Enumerable.Range(0, 4).Select(_ => TakeOne(console, port))));
    }

    private static char TakeOne(TestConsole console, RawPort port)
    {
        var bytes = new byte[1];
        console.Settle();
        Assert.Equal(1, port.TryTake(bytes));
        port.Receive.PublishAndKick();
        return (char)bytes[0];
    }

    private static void Echo(RawPort port, long total, int block)
    {
        var outgoing = new byte[block];
        var incoming = new byte[block + 100_000];
        long sent = 0;
        long back = 0;
        Eventually.Is(
            () =>
            {
                for (bool fits = true; fits && sent < total;)
                {
                    int length = (int)Math.Min(block, total - sent);
                    Pattern.Fill(outgoing.AsSpan(0, length), sent);
                    fits = port.TryAdd(outgoing.AsSpan(0, length));
                    sent += fits ? length : 0;
                }

                port.Transmit.PublishAndKick();
                for (int length = port.TryTake(incoming); length >= 0; length = port.TryTake(incoming))
                {
                    Pattern.AssertIs(incoming.AsSpan(0, length), back);
                    back += length;
                }

                port.Receive.PublishAndKick();
                port.Reclaim();
                return back == total;
            },
            "the echo");
        Assert.Equal(total, sent);
    }
}
