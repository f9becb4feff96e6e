using System.Net.Sockets;
using FastRing.Console.Spec;
using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.Workloads.Hostile;

/// <summary>
/// What a guest, its VMM or a host program does to a daemon to harm another's guest: as fast as they can, until they are told to end. The daemon serves port 1 to a socket
/// that nobody reads from, and port 2 to nobody.
/// </summary>
public static class Attacks
{
    private const int UnixPort = 1;
    private const int NullPort = 2;
    private const ushort RingSize = 128;
    private const int PatienceMs = 30_000;
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;

    /// <summary>Each by its name: told the guest's socket, that of port 1 and when to end, it returns how often it did it.</summary>
    public static IReadOnlyDictionary<string, Func<string, string, CancellationToken, long>> All { get; } = new Dictionary<string, Func<string, string, CancellationToken, long>>
    {
        ["vmm-leaves"] = (guest, _, end) => Repeat(() => Send(guest, 5, wait: false), end),
        ["vmm-nonsense"] = (guest, _, end) => Repeat(() => Send(guest, 100, wait: true), end),
        ["memory-tables"] = MemoryTables,
        ["kicks"] = Kicks,
        ["control"] = Control,
        ["broken-rings"] = BrokenRings,
        ["rewritten-ring"] = RewrittenRing,
        ["long-chains"] = LongChains,
        ["blocked-flood"] = BlockedFlood,
        ["clients"] = (_, port, end) => Repeat(() => UnixSocket.Connect(port).Dispose(), end),
    };

    private static long Repeat(Action attack, CancellationToken end)
    {
        long times = 0;
        for (; !end.IsCancellationRequested; times++)
        {
            attack();
        }

        return times;
    }

    private static FrontendSession Open(string guest) => new(VhostUserFrontend.Connect(guest), 4 << 20, Features);

    /// <summary>Part of a message of an unknown version that says it is endless; the sender leaves, or waits until he is thrown out.</summary>
    private static void Send(string guest, int bytes, bool wait)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(guest));
        byte[] nonsense = new byte[bytes];
        nonsense.AsSpan().Fill(0xff);
        socket.Send(nonsense);
        if (wait)
        {
            try
            {
                socket.Receive(nonsense);
            }
            catch (SocketException)
            {
                // Thrown out with bytes unread.
            }
        }
    }

    /// <summary>Its memory goes and comes while a ring runs.</summary>
    private static long MemoryTables(string guest, string port, CancellationToken end)
    {
        using FrontendSession session = Open(guest);
        session.StartQueue(QueueMap.TransmitQueue(NullPort), RingSize);
        return Repeat(() => session.Frontend.SetMemTable([session.Memory.Region], [session.Memory.File]), end);
    }

    private static long Kicks(string guest, string port, CancellationToken end)
    {
        using FrontendSession session = Open(guest);
        FrontendQueue queue = session.StartQueue(QueueMap.TransmitQueue(NullPort), RingSize);
        return Repeat(() => queue.Kick.Signal(), end);
    }

    /// <summary>A port opens and closes, half a ring of such messages at a time.</summary>
    private static long Control(string guest, string port, CancellationToken end)
    {
        using FrontendSession session = Open(guest);
        FrontendQueue queue = session.StartQueue(QueueMap.ControlTransmit, RingSize);
        GuestAddress opens = session.Memory.Allocate(2 * ControlMessage.SizeBytes);
        new ControlMessage(NullPort, ControlEvent.PortOpen, 1).Write(session.Memory.Bytes(opens, ControlMessage.SizeBytes));
        GuestAddress closes = new(opens.Value + ControlMessage.SizeBytes);
        new ControlMessage(NullPort, ControlEvent.PortOpen, 0).Write(session.Memory.Bytes(closes, ControlMessage.SizeBytes));
        return Flood(queue, i => new DriverBuffer(i % 2 == 0 ? opens : closes, ControlMessage.SizeBytes), end);
    }

    /// <summary>Every ring that is known to break the rules, one after the other; each is found out.</summary>
    private static long BrokenRings(string guest, string port, CancellationToken end)
    {
        long times = 0;
        using var epoll = new Epoll();
        while (true)
        {
            foreach (MalformedRing malformed in MalformedRings.Split)
            {
                if (end.IsCancellationRequested)
                {
                    return times;
                }

                using FrontendSession session = Open(guest);
                using TestGuest memory = HostileMap.Create(RingSize);
                session.Frontend.SetMemTable([.. memory.Table], [.. memory.Files]);
                using HostileRing ring = HostileRing.Create(memory, HostileMap.SetupAtEdges(RingSize, session.Features));
                malformed.Offer(ring);
                using var connected = new ConnectedRing(session.Frontend, QueueMap.TransmitQueue(NullPort), ring.Setup, TestGuest.ToFrontend);
                connected.SetUp();
                connected.Stop();
                times++;
            }
        }
    }

    /// <summary>Rewritten by another thread at full speed while the device reads it, and set up again and again.</summary>
    private static long RewrittenRing(string guest, string port, CancellationToken end)
    {
        using FrontendSession session = Open(guest);
        using TestGuest memory = HostileMap.Create(RingSize);
        session.Frontend.SetMemTable([.. memory.Table], [.. memory.Files]);
        using HostileRing ring = HostileRing.Create(memory, HostileMap.SetupAtEdges(RingSize, session.Features));
        using var connected = new ConnectedRing(session.Frontend, QueueMap.TransmitQueue(NullPort), ring.Setup, TestGuest.ToFrontend);
        ring.OfferGood(RingSize / 2);
        using var mutator = new RingMutator(ring, seed: 1);
        return Repeat(() =>
        {
            connected.SetUp();
            for (int i = 0; i < 10; i++)
            {
                connected.Kick.Signal();
            }

            connected.Stop();
        }, end);
    }

    /// <summary>Chains as long as the ring, a few bytes in each buffer: work for the device, and none for the guest.</summary>
    private static long LongChains(string guest, string port, CancellationToken end)
    {
        const ushort Entries = 1024;
        using FrontendSession session = Open(guest);
        FrontendQueue queue = session.StartQueue(QueueMap.TransmitQueue(NullPort), Entries);
        DriverBuffer[] chain = [.. Enumerable.Repeat(new DriverBuffer(session.Memory.Allocate(8), 8), Entries)];
        return Repeat(() =>
        {
            Added(queue.Ring.TryAdd(chain, [], token: 0));
            queue.PublishAndKick();
            Returned(queue.WaitUsed(out _, PatienceMs));
        }, end);
    }

    /// <summary>A port whose client is there and does not read, its ring full; and kicks that say there is more.</summary>
    private static long BlockedFlood(string guest, string port, CancellationToken end)
    {
        using OwnedFd client = UnixSocket.Connect(port);
        using FrontendSession session = Open(guest);
        FrontendQueue queue = session.StartQueue(QueueMap.TransmitQueue(UnixPort), RingSize);
        GuestAddress buffer = session.Memory.Allocate(64 << 10);
        while (queue.Ring.TryAdd(new DriverBuffer(buffer, 64 << 10), writable: false, token: 0))
        {
        }

        queue.PublishAndKick();
        return Repeat(() => queue.Kick.Signal(), end);
    }

    /// <summary>Keeps half a ring of buffers on its way.</summary>
    private static long Flood(FrontendQueue queue, Func<int, DriverBuffer> buffer, CancellationToken end)
    {
        for (int i = 0; i < RingSize / 2; i++)
        {
            Added(queue.Ring.TryAdd(buffer(i), writable: false, (ulong)i));
        }

        queue.PublishAndKick();
        return Repeat(() =>
        {
            Returned(queue.WaitUsed(out UsedBuffer used, PatienceMs));
            Added(queue.Ring.TryAdd(buffer((int)used.Token), writable: false, used.Token));
            queue.PublishAndKick();
        }, end);
    }

    private static void Added(bool added)
    {
        if (!added)
        {
            throw new InvalidOperationException("the ring is full");
        }
    }

    private static void Returned(bool returned)
    {
        if (!returned)
        {
            throw new TimeoutException("a buffer did not come back");
        }
    }
}
