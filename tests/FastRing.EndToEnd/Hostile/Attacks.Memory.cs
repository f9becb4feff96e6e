using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.EndToEnd.Hostile;

internal static partial class Attacks
{
    private const ulong Page = 4096;
    private const ulong FarGuest = 1UL << 40;
    private const ulong FarFrontend = 1UL << 50;

    /// <summary>Memory of a VMM's that is not there, not what it says, or not there any more.</summary>
    private static IEnumerable<Attack> OfMemory()
    {
        yield return BadRegion("a region of no bytes", new(new(FarGuest), 0, new(FarFrontend), 0));
        yield return BadRegion("a region longer than its file", new(new(FarGuest), 3 << 20, new(FarFrontend), 0));
        yield return BadRegion("a region of 64 TiB", new(new(FarGuest), 1UL << 46, new(FarFrontend), 0));
        yield return BadRegion("a region whose offset and size wrap around", new(new(FarGuest), Page, new(FarFrontend), ulong.MaxValue - Page + 1));
        yield return BadRegion("a region at an odd offset", new(new(FarGuest), Page, new(FarFrontend), 1));
        yield return BadRegion("a region whose guest addresses wrap around", new(new(ulong.MaxValue - Page + 2), Page, new(FarFrontend), 0));
        yield return BadRegion("a region whose own addresses wrap around", new(new(FarGuest), Page, new(ulong.MaxValue - Page + 2), 0));
        yield return BadRegion("a region over another", new(new(Page), Page, new(FarFrontend), 0));
        yield return Refused("a socket for a region's file", session =>
        {
            (OwnedFd one, OwnedFd other) = UnixSocket.Pair();
            using (one)
            using (other)
            {
                session.Frontend.AddMemRegion(new(new(FarGuest), Page, new(FarFrontend), 0), one);
            }
        });
        yield return Refused("a region that is taken away and is not there", session => session.Frontend.RemoveMemRegion(new(new(FarGuest), Page, new(FarFrontend), 0)));
        yield return Attack.Uncounted("a table of memory sent two hundred times under rings that run", world =>
        {
            using FrontendSession session = world.OpenSession();
            session.StartQueue(Ring, 16);
            for (int i = 0; i < 200; i++)
            {
                session.Frontend.SetMemTable([session.Memory.Region], [session.Memory.File]);
            }
        }, times: 3);
        yield return Attack.As("lostMemories", "memory that is truncated under rings that run", world =>
        {
            using FrontendSession session = world.OpenSession();
            FrontendQueue queue = session.StartQueue(Ring, 16);
            using (FileStream file = File.OpenWrite($"/proc/self/fd/{session.Memory.File.Fd}"))
            {
                file.SetLength(0);
            }

            queue.Kick.Signal();
            Assert.Throws<VhostUserException>(() => Enumerable.Range(0, int.MaxValue).Sum(_ => (long)session.Frontend.GetStatus())); // Until it is disconnected.
        });
    }

    private static Attack BadRegion(string name, MemoryRegion region) => Refused(name, session => session.Frontend.AddMemRegion(region, session.Memory.File));
}
