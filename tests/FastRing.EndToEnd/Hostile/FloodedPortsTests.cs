using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using FastRing.Console.Spec;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd.Hostile;

/// <summary>As many ports as a device may have, over five guests because vhost-user numbers 256 queues; all of them flooded, and no host program reads.</summary>
[Collection(nameof(Alone))]
public sealed class FloodedPortsTests
{
    private const int Guests = 5;
    private const int PortsOfGuest = 103; // 515 in all, more than the 511 of one device.
    private const int RingSize = 64;
    private const int BufferBytes = 64 << 10;
    private const int MostKiB = 96 << 10;

    /// <param name="processes">That serve, keep or wait: with a keeper it, the worker that serves and the spare.</param>
    /// <param name="sendBuffer">What the kernel may hold of a client's bytes.</param>
    /// <param name="options">What else the command line says.</param>
    [Theory]
    [InlineData(1, "32K")]
    [InlineData(3, "8K", "--keep", "FOLDER/keeper.sock")]
    public async Task Five_hundred_flooded_ports_whose_clients_read_nothing_stay_within_96_MiB_and_no_thread_is_added(int processes, string sendBuffer, params string[] options)
    {
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Config(sendBuffer), options);
        await GuestRig.UntilAsync(() => ProcessesOf(daemon).Length == processes && WorkersWait(daemon, processes));
        Assert.All(await PassedAsync(daemon), bytes => Assert.Equal(0, bytes)); // The API is there: all threads are.
        int threads = ThreadsOf(daemon);
        var clients = new List<NetworkStream>();
        FrontendSession[] sessions = [.. Enumerable.Range(0, Guests).Select(g => Session(daemon[$"vm{g}.sock"]))];
        try
        {
            foreach ((int guest, int port) in Ports())
            {
                clients.Add(await HostClients.ConnectAsync(daemon[$"p{guest}-{port}.sock"]));
                Flood(sessions[guest], port);
            }

            long inSockets = await StalledAsync(daemon) >> 10;
            long[] resident = [.. ProcessesOf(daemon).Select(p => KiB(p, "VmRSS:"))];
            long[] own = [.. ProcessesOf(daemon).Select(p => KiB(p, "RssAnon:"))];
            string text = $"{clients.Count} flooded ports: {string.Join(" + ", resident)} KiB resident, {string.Join(" + ", own)} KiB of it private, {inSockets} KiB in sockets";
            TestContext.Current.SendDiagnosticMessage(text);
            Assert.True(own.Sum() + inSockets <= MostKiB, text); // How much of programs' text is there besides is the machine's affair: the kernel takes back what it needs.
            await GuestRig.UntilAsync(() => ThreadsOf(daemon) <= threads); // One of the runtime's has its name only in a moment.

            byte[] all = await clients[^1].ReadAsync(RingSize * BufferBytes); // One reads after all: its port goes on, byte by byte what its guest sent.
            Assert.Equal(-1, all.AsSpan().IndexOfAnyExcept((byte)(Guests - 1)));
        }
        finally
        {
            Array.ForEach(sessions, s => s.Dispose());
            clients.ForEach(c => c.Dispose());
        }
    }

    private static int[] ProcessesOf(ManagedDaemon daemon) => [daemon.Daemon.ProcessId, .. Programs.ChildrenOf(daemon.Daemon.ProcessId)];

    private static bool WorkersWait(ManagedDaemon daemon, int processes) => processes == 1 || daemon.Daemon.Log.Any(l => l.Contains("spare worker", StringComparison.Ordinal) && l.EndsWith("waits", StringComparison.Ordinal));

    private static int ThreadsOf(ManagedDaemon daemon) => ProcessesOf(daemon).Sum(p => Footprint.Of(p).Threads);

    private static IEnumerable<(int Guest, int Port)> Ports() => Enumerable.Range(0, Guests * PortsOfGuest).Select(i => (i / PortsOfGuest, (i % PortsOfGuest) + 1));

    private static string Config(string sendBuffer)
    {
        string Guest(int g) => $$"""{ "name": "vm{{g}}", "socketPath": "FOLDER/vm{{g}}.sock", "maxPorts": {{PortsOfGuest + 1}}, "ports": [ {{string.Join(", ", Ports().Where(p => p.Guest == g).Select(Port))}} ] }""";
        string Port((int Guest, int Port) p) => $$"""{ "name": "p{{p.Port}}", "id": {{p.Port}}, "backend": "unix:FOLDER/p{{p.Guest}}-{{p.Port}}.sock,send-buffer={{sendBuffer}}" }""";
        return $$"""{ "guests": [ {{string.Join(", ", Enumerable.Range(0, Guests).Select(Guest))}} ], "api": { "socketPath": "FOLDER/api.sock" } }""";
    }

    private static FrontendSession Session(string path) => new(VhostUserFrontend.Connect(path), 4 << 20, VirtioFeatures.Version1 | ConsoleFeatures.Multiport);

    /// <summary>Offers a ring full of buffers, far more than a socket takes. All are the same buffer: memory of the guest's is not what is measured.</summary>
    private static void Flood(FrontendSession session, int port)
    {
        FrontendQueue queue = session.StartQueue(QueueMap.TransmitQueue(port), RingSize);
        GuestAddress buffer = new(3 << 20);
        session.Memory.Bytes(buffer, BufferBytes).Fill((byte)(Guests - 1));
        for (int i = 0; i < RingSize; i++)
        {
            Assert.True(queue.Ring.TryAdd(new DriverBuffer(buffer, BufferBytes), writable: false, token: 0));
        }

        queue.PublishAndKick();
    }

    /// <summary>Waits until every port has passed something on, and none passes anything on any more.</summary>
    /// <returns>Bytes passed on: they stand in the clients' sockets.</returns>
    private static async Task<long> StalledAsync(ManagedDaemon daemon)
    {
        long[] before = [];
        long[] now = await PassedAsync(daemon);
        while (now.Any(bytes => bytes == 0) || !now.SequenceEqual(before))
        {
            await Task.Delay(200);
            (before, now) = (now, await PassedAsync(daemon));
        }

        Assert.All(now, bytes => Assert.True(bytes < RingSize * BufferBytes, "a client that does not read was sent everything"));
        return now.Sum();
    }

    private static async Task<long[]> PassedAsync(ManagedDaemon daemon) => [
        .. (await daemon.GetAsync("/v1/guests")).EnumerateArray().SelectMany(g => g.GetProperty("ports").EnumerateArray()).Select(p => p.GetProperty("bytesToHost").GetInt64())];

    private static long KiB(int process, string field) => long.Parse(
        File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
