using FastRing.Console.Driver;
using FastRing.Console.Endpoints.Hubs;
using FastRing.Console.Spec;
using FastRing.Console.Tests.Ports;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints.Hubs;

/// <summary>A thousand clients of one console, and what they cost.</summary>
[Collection(nameof(Alone))]
public sealed class HubCrowdTests : IDisposable
{
    private const int Crowd = 1000;
    private const int KiB = 1024;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _bytes = new byte[64 * KiB];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_of_a_thousand_clients_of_a_console_that_keep_up_gets_every_byte()
    {
        const int Total = 1024 * KiB;
        const int Ahead = 128 * KiB; // So far a client may be behind here: less than a hub's buffer.
        var hub = new HubEndpoint(_folder["a"]);
        using var console = new TestConsole(new PortOptions("a", hub, IsConsole: true));
        console.StartDriver();
        DriverPort port = console.Open("a");
        byte[] stream = Pattern.Bytes(0, Total);
        OwnedFd[] clients = Connect(hub, Crowd);
        int[] got = new int[Crowd];
        int written = 0;
        console.Until(
            () =>
            {
                int slowest = got.Min();
                written += port.TryWrite(stream.AsSpan(written, Math.Min(Total, slowest + Ahead) - written));
                for (int i = 0; i < Crowd; i++)
                {
                    got[i] += ReadSome(clients[i], stream.AsSpan(got[i]));
                }

                return slowest == Total;
            },
            "everybody got everything",
            TimeSpan.FromMinutes(3));

        Assert.Equal((Crowd, 0L), (hub.Counters.Clients, hub.Counters.FellBehind));
        Assert.Equal(0UL, console.PortOf("a").Counters.BytesDiscarded);
        Close(clients);
        Eventually.Is(() => hub.Counters.Clients == 0, "all gone");
    }

    [Fact]
    public void Clients_that_do_not_read_cost_a_bounded_amount_of_memory_and_are_gone_in_the_end()
    {
        const int Stalled = 200;
        const int Total = 32 * 1024 * KiB;
        var hub = new HubEndpoint(_folder["a"]);
        using var console = new TestConsole(new PortOptions("a", hub, IsConsole: true));
        console.StartDriver();
        DriverPort port = console.Open("a");
        long before = Memory();
        OwnedFd[] clients = Connect(hub, Stalled);
        long withClients = Memory();
        byte[] block = new byte[4096];
        for (int at = 0; at < Total; at += block.Length)
        {
            console.Write(port, block);
        }

        Eventually.Is(() => hub.Counters is { Clients: 0, FellBehind: Stalled }, "all disconnected");
        long after = Memory();

        // A client: its socket's handle, its place and its name. The ring was there before.
        Assert.InRange((withClients - before) / Stalled, long.MinValue, 4 * KiB);
        Assert.InRange(after - before, long.MinValue, 1024 * KiB);
        Assert.Equal(0UL, console.PortOf("a").Counters.BytesDiscarded);
        Close(clients);
    }

    [Fact]
    public void What_passes_a_hub_allocates_nothing()
    {
        const int Clients = 3;
        var hub = new HubEndpoint(_folder["a"]);
        using var console = new TestConsole(new PortOptions("a", hub));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, receiveCount: 256, receiveBytes: 64, transmitCount: 256, transmitBytes: 64);
        OwnedFd[] clients = Connect(hub, Clients);
        Broadcast(port, clients, 50_000);

        long first = AllocationTests.AllocatedByWorker(console);
        long second = AllocationTests.AllocatedByWorker(console);
        Broadcast(port, clients, 200_000);
        long third = AllocationTests.AllocatedByWorker(console);

        Assert.Equal(second - first, third - second);
        Assert.Equal(0L, hub.Counters.FellBehind);
        Close(clients);
    }

    /// <summary>The guest sends buffers of 64 bytes, every client reads them, and the first answers each time it does.</summary>
    private void Broadcast(RawPort port, OwnedFd[] clients, int buffers)
    {
        Span<byte> bytes = stackalloc byte[64];
        long total = buffers * 64L;
        long sent = 0;
        long answers = 0;
        Span<long> got = stackalloc long[clients.Length];
        got.Clear();
        long end = Environment.TickCount64 + 120_000;
        while (Least(got) < total || answers > 0)
        {
            while (sent < total && sent - Least(got) < 32 * KiB && port.TryAdd(bytes))
            {
                sent += 64;
            }

            port.Transmit.PublishAndKick();
            for (int i = 0; i < clients.Length; i++)
            {
                nint read = clients[i].Read(_bytes);
                got[i] += Math.Max(read, 0);
                answers += i == 0 && read > 0 ? clients[0].Write(_bytes.AsSpan(0, 1)) : 0;
            }

            for (int length = port.TryTake(bytes); length >= 0; length = port.TryTake(bytes))
            {
                answers -= length;
            }

            port.Receive.PublishAndKick();
            port.Reclaim();
            Assert.True(Environment.TickCount64 < end);
        }
    }

    private static long Least(ReadOnlySpan<long> values)
    {
        long least = long.MaxValue;
        foreach (long value in values)
        {
            least = Math.Min(least, value);
        }

        return least;
    }

    private int ReadSome(OwnedFd client, ReadOnlySpan<byte> expected)
    {
        nint read = client.Read(_bytes);
        Assert.True(read is > 0 or -Errno.EAGAIN, $"read: {read}");
        int count = (int)Math.Max(read, 0);
        Assert.True(expected[..count].SequenceEqual(_bytes.AsSpan(0, count)), "a byte of the stream is wrong");
        return count;
    }

    private OwnedFd[] Connect(HubEndpoint hub, int count)
    {
        var clients = new OwnedFd[count];
        for (int i = 0; i < count; i++)
        {
            clients[i] = UnixSocket.Connect(_folder["a"]);
            clients[i].SetNonBlocking();
        }

        Eventually.Is(() => hub.Counters.Clients == count, "all let in");
        return clients;
    }

    private static void Close(OwnedFd[] clients)
    {
        foreach (OwnedFd client in clients)
        {
            client.Dispose();
        }
    }

    /// <summary>What the collector keeps. There is no other memory: the rest is the kernel's, and limited by the size of each socket.</summary>
    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
