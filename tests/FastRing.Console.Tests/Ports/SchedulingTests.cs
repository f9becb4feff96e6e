using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>No port can keep another from its turn.</summary>
public sealed class SchedulingTests
{
    private const int Flooding = 6;

    [Fact]
    public void Flooding_ports_of_unlike_buffers_get_like_shares()
    {
        // Buffers of 2 KiB to 64 KiB, 8 MiB ready on each port before the first turn.
        var shares = new long[Flooding];
        long[]? atTheEnd = null;
        TestEndpoint[] endpoints = [.. Enumerable.Range(0, Flooding).Select(i => new TestEndpoint { KeepsBytes = false })];
        for (int i = 0; i < Flooding; i++)
        {
            int id = i;
            endpoints[i].OnWrite = bytes =>
            {
                shares[id] += bytes;
                atTheEnd ??= shares.Sum() >= Flooding * (4L << 20) ? [.. shares] : null;
            };
        }

        PortOptions[] ports = [.. endpoints.Select((e, i) => new PortOptions($"p{i}", e))];
        using var console = new TestConsole(new ConsoleOptions { MaxPorts = 8, Ports = ports }, memoryBytes: 128 << 20);
        console.OnWorker(() => Array.ForEach(endpoints, e => e.SetOpen(false)));
        for (int i = 0; i < Flooding; i++)
        {
            int bytes = 2048 << i;
            var port = new RawPort(console.Transport, 1 + i, 0, 0, (8 << 20) / bytes, bytes, ringSize: 4096);
            while (port.TryAdd(new byte[bytes]))
            {
            }

            port.Transmit.PublishAndKick();
        }

        console.OnWorker(() => Array.ForEach(endpoints, e => e.SetOpen(true)));

        Eventually.Is(() => Volatile.Read(ref atTheEnd) is not null, "enough work");
        Assert.True(atTheEnd!.Max() <= 2 * atTheEnd!.Min(), string.Join(' ', atTheEnd!));
    }

    [Fact]
    public void A_quiet_port_is_served_between_the_turns_of_flooding_ones()
    {
        // 512 buffers of 16 KiB are 128 turns of the flooding port; the quiet one's message must not wait for them.
        long before = -1;
        var flood = new TestEndpoint { KeepsBytes = false };
        var quiet = new TestEndpoint();
        quiet.OnWrite = _ => before = flood.TakenBytes;
        using var console = new TestConsole(new PortOptions("flood", flood), new PortOptions("quiet", quiet));
        console.OnWorker(() => flood.SetOpen(false));
        var first = new RawPort(console.Transport, 1, 0, 0, 512, 16384, ringSize: 512);
        var second = new RawPort(console.Transport, 2);
        while (first.TryAdd(new byte[16384]))
        {
        }

        first.Transmit.PublishAndKick();
        second.TryAdd("hello"u8);
        second.Transmit.Ring.Publish();
        console.OnWorker(() =>
        {
            flood.SetOpen(true);
            console.Device.QueueKicked(QueueMap.TransmitQueue(2));
        });
        Eventually.Is(() => first.Reclaim() >= 0 && first.InFlight == 0, "the flood's end");

        Assert.Equal(5, quiet.TakenBytes);
        Assert.InRange(before, 0, 2 * 64 * 1024);
    }

    [Theory]
    [InlineData(false, 16)] // Four buffers a turn.
    [InlineData(true, 64)]
    public void A_port_alone_in_line_shows_more_buffers_at_once(bool beside, int publications)
    {
        var flood = new TestEndpoint { KeepsBytes = false };
        var other = new TestEndpoint { KeepsBytes = false };
        using var console = new TestConsole(new PortOptions("flood", flood), new PortOptions("other", other));
        console.OnWorker(() => Array.ForEach([flood, other], e => e.SetOpen(false)));
        RawPort[] ports = [.. Enumerable.Range(1, beside ? 2 : 1).Select(id => new RawPort(console.Transport, id, 0, 0, 64, 65536))];
        foreach (RawPort port in ports)
        {
            while (port.TryAdd(new byte[65536]))
            {
            }

            port.Transmit.PublishAndKick();
        }

        console.OnWorker(() => Array.ForEach([flood, other], e => e.SetOpen(true)));
        Eventually.Is(() => ports.All(p => p.Reclaim() >= 0 && p.InFlight == 0), "all given back");

        Assert.InRange((int)console.PortOf("flood").TransmitCounters!.Publications, publications - 4, publications + 4);
    }

    [Fact]
    public void Turns_of_tiny_buffers_end_too()
    {
        int writes = 0;
        int most = 0;
        var tiny = new TestEndpoint { KeepsBytes = false };
        var other = new TestEndpoint { KeepsBytes = false };
        tiny.OnWrite = bytes => most = Math.Max(most, writes += (int)bytes);
        other.OnWrite = _ => writes = 0;
        using var console = new TestConsole(new PortOptions("tiny", tiny), new PortOptions("other", other));
        console.OnWorker(() => Array.ForEach([tiny, other], e => e.SetOpen(false)));
        var first = new RawPort(console.Transport, 1, 0, 0, 4096, 1, ringSize: 4096);
        var second = new RawPort(console.Transport, 2, 0, 0, 64, 65536);
        while (first.TryAdd([1]))
        {
        }

        while (second.TryAdd(new byte[65536]))
        {
        }

        first.Transmit.PublishAndKick();
        second.Transmit.PublishAndKick();
        console.OnWorker(() => Array.ForEach([tiny, other], e => e.SetOpen(true)));
        Eventually.Is(() => first.Reclaim() >= 0 && first.InFlight == 0 && second.Reclaim() >= 0 && second.InFlight == 0, "the end");

        Assert.InRange(most, 1, 600); // A chain costs 128 of a turn's 65,536.
    }

    [Fact]
    public void A_blocked_port_and_a_flooding_one_never_stall_another()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(
            new PortOptions("blocked", new UnixListenEndpoint(folder["blocked"])),
            new PortOptions("flood", new NullEndpoint()),
            new PortOptions("canary", new EchoEndpoint()));
        using HostClient silent = HostClient.Connect(folder["blocked"]); // Never reads.
        var driver = console.StartDriver();
        var blocked = console.Open("blocked");
        var flood = console.Open("flood");
        var canary = console.Open("canary");
        byte[] big = new byte[32768];
        int unblocked = 0;
        for (int i = 0; i < 1000 && unblocked < 50; i++)
        {
            unblocked = blocked.TryWrite(big) > 0 ? 0 : unblocked + 1; // Until nothing moves any more.
            console.Settle();
        }

        Assert.True(unblocked >= 50, "the port never blocked");
        for (int i = 0; i < 2000; i++)
        {
            while (flood.TryWrite(big) > 0)
            {
            }

            console.Write(canary, Pattern.Bytes(i * 100L, 100));
            Pattern.AssertIs(console.Read(canary, 100), i * 100L);
        }

        Assert.Equal(0, blocked.TryWrite(big));
        Assert.True(console.PortOf("flood").Counters.BytesToHost > 0);
    }

    [Fact]
    public void A_guest_that_never_reads_blocks_only_its_own_port()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(
            new PortOptions("deaf", new UnixListenEndpoint(folder["deaf"])), new PortOptions("canary", new EchoEndpoint()));
        using HostClient client = HostClient.Connect(folder["deaf"]);
        console.StartDriver();
        console.Open("deaf");
        var canary = console.Open("canary");
        client.Send(new byte[64 * 4096]); // All the guest's buffers.
        client.Send(new byte[100_000]);

        for (int i = 0; i < 500; i++)
        {
            console.Write(canary, Pattern.Bytes(i * 100L, 100));
            Pattern.AssertIs(console.Read(canary, 100), i * 100L);
        }

        Assert.InRange(console.PortOf("deaf").Counters.BytesToGuest, 1UL, 64UL * 4096); // Not a byte more than it has buffers.
    }

    [Fact]
    public void A_buffer_of_gigabytes_is_offered_in_parts()
    {
        long most = 0;
        var endpoint = new TestEndpoint { KeepsBytes = false };
        endpoint.OnWrite = bytes => most = Math.Max(most, bytes);
        using var console = new TestConsole(new ConsoleOptions { Ports = [new("a", endpoint)] }, memoryBytes: 1UL << 30);
        var port = new RawPort(console.Transport, 1);
        port.TryAdd(new byte[100]);
        port.Transmit.Ring.TryAdd([new(new(0), 100), new(new(0), 256 << 20), new(new(0), 100)], [], 1);

        port.Transmit.PublishAndKick();
        Eventually.Is(() => port.Transmit.Ring.TryTakeUsed(out var used) && used.Token == 1, "the big chain");

        Assert.Equal(300 + (256L << 20), endpoint.TakenBytes);
        Assert.InRange(most, 1, 2 * 64 * 1024);
    }
}
