using FastRing.Console.Spec;
using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd.Hostile;

internal static partial class Attacks
{
    private const ushort RingSize = 128;
    private const ulong Base = VirtioFeatures.Version1 | ConsoleFeatures.Multiport;

    /// <summary>A guest's rings that break the rules, every rule there is, on a control queue and on a port's; and rings that are rewritten while they are read.</summary>
    private static IEnumerable<Attack> OfRings()
    {
        foreach (int queue in (int[])[QueueMap.ControlTransmit, QueueMap.TransmitQueue(1)])
        {
            string where = queue == QueueMap.ControlTransmit ? "the control queue" : "a port";
            yield return Malformed($"every malformed split ring on {where}", queue, MalformedRings.Split, 0);
            yield return Malformed($"every malformed packed ring on {where}", queue, MalformedRings.Packed, VirtioFeatures.RingPacked);
            foreach (ulong layout in (ulong[])[0, VirtioFeatures.RingPacked])
            {
                string name = $"a {(layout == 0 ? "split" : "packed")} ring of {where} rewritten at full speed while it is read";
                yield return new(name, world => Rewrite(world, queue, layout), Counted: null, Times: 2);
            }
        }
    }

    private static Attack Malformed(string name, int queue, IReadOnlyList<MalformedRing> rings, ulong layout)
    {
        MalformedRing[] objectionable = [.. rings.Where(r => !IsAboutWritable(r))];
        void OfferAll(HostileWorld world) => Array.ForEach(objectionable, malformed => Offer(world, queue, malformed, layout));
        return new(name, OfferAll, new Dictionary<string, ulong> { ["brokenQueues"] = (ulong)objectionable.Length }, Times: 1);
    }

    /// <summary>Where a buffer lies that it could only write to is nothing to a device that only reads: the chain goes back.</summary>
    private static bool IsAboutWritable(MalformedRing ring) => ring.Error == VirtqueueError.BufferNotMapped
        && (ring.Name.StartsWith("a writable buffer ", StringComparison.Ordinal) || ring.Name.StartsWith("a table's last buffer ", StringComparison.Ordinal));

    private static void Offer(HostileWorld world, int queue, MalformedRing malformed, ulong layout)
    {
        using FrontendSession session = world.OpenSession(Base | malformed.Features | layout);
        using TestGuest guest = HostileMap.Create(RingSize);
        session.Frontend.SetMemTable([.. guest.Table], [.. guest.Files]);
        using HostileRing ring = HostileRing.Create(guest, HostileMap.SetupAtEdges(RingSize, session.Features));
        malformed.Offer(ring);
        using var connected = new ConnectedRing(session.Frontend, queue, ring.Setup, TestGuest.ToFrontend);
        connected.SetUp();
        Await(connected.Error, malformed.Name);
        connected.Stop();
    }

    private static void Rewrite(HostileWorld world, int queue, ulong layout)
    {
        const int Kicks = 150;
        using FrontendSession session = world.OpenSession(Base | VirtioFeatures.IndirectDescriptors | layout);
        using TestGuest guest = HostileMap.Create(RingSize);
        session.Frontend.SetMemTable([.. guest.Table], [.. guest.Files]);
        using HostileRing ring = HostileRing.Create(guest, HostileMap.SetupAtEdges(RingSize, session.Features));
        using var connected = new ConnectedRing(session.Frontend, queue, ring.Setup, TestGuest.ToFrontend);
        ring.OfferGood(RingSize / 2);
        using var mutator = new RingMutator(ring, Random.Shared.Next());
        for (int i = 0; i < Kicks; i++)
        {
            if (i % 30 == 0)
            {
                connected.SetUp(); // It broke, most likely.
            }

            connected.Kick.Signal();
            Thread.Yield();
        }

        connected.Stop();
    }

    private static void Await(EventFd signal, string what)
    {
        using var epoll = new Epoll();
        epoll.Add(signal.Fd, EpollEvents.In, 0);
        Span<EpollReady> ready = stackalloc EpollReady[1];
        Assert.True(epoll.WaitThrough(ready, 10_000) == 1, $"no error was signalled for {what}");
    }
}
