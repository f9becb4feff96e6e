using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;
using FastRing.VhostUser.Tests.Support;

namespace FastRing.EndToEnd.Hostile;

internal static partial class Attacks
{
    private const int Ring = 3; // The control queue to the device: every guest has it.

    /// <summary>A VMM's messages that are none, lie about themselves or ask for what can't be.</summary>
    private static IEnumerable<Attack> OfMessages() => [.. OfHeaders(), .. OfDescriptors(), .. OfRequests(), .. OfLeaving()];

    private static IEnumerable<Attack> OfHeaders()
    {
        byte[] Ask(uint flags) => RawFrontend.Message(VhostUserRequest.GetFeatures, [], flags);
        yield return Closed("header", "a message of another version", Ask(2));
        yield return Closed("header", "a reply to nothing", Ask(VhostUserHeader.Version | VhostUserHeader.ReplyFlag));
        yield return Closed("header", "a message with flags nobody defined", Ask(0x8000_0001));
        yield return Closed("payloadSize", "a message of 4 GiB", RawFrontend.Message(VhostUserRequest.SetMemTable, new byte[64], size: uint.MaxValue));
        yield return Closed("payloadSize", "a message longer than any", RawFrontend.Message(VhostUserRequest.SetConfig, new byte[4097]));
        yield return Closed("payloadSize", "a message one byte short", RawFrontend.Message(VhostUserRequest.SetVringNum, new byte[7]));
        yield return Closed("payload", "a table that counts more regions than it has", RawFrontend.Message(VhostUserRequest.SetMemTable, [8, 0, 0, 0, 0, 0, 0, 0]));
        yield return Closed("payload", "a descriptor that is announced and does not come", RawFrontend.Message(VhostUserRequest.SetVringKick, RawFrontend.Number(Ring)));
    }

    private static IEnumerable<Attack> OfDescriptors()
    {
        yield return Closed("descriptorCount", "a descriptor beside a message that has none", RawFrontend.Message(VhostUserRequest.SetOwner, []), descriptors: 1);
        yield return Closed("descriptorCount", "two descriptors where one belongs", RawFrontend.Message(VhostUserRequest.SetVringCall, new byte[8]), descriptors: 2);
        yield return Closed("descriptorsLost", "forty descriptors", RawFrontend.Message(VhostUserRequest.SetMemTable, new byte[8]), descriptors: 40);
        yield return Closed("descriptorsLost", "as many descriptors as the kernel passes", RawFrontend.Message(VhostUserRequest.SetMemTable, new byte[8]), descriptors: 253);
        yield return Refused("a file for a kick descriptor", session => session.Frontend.SetVringKick(Ring, session.Memory.File));
        yield return Refused("a file for a call descriptor", session => session.Frontend.SetVringCall(Ring, session.Memory.File));
        yield return Attack.Uncounted("kick and call descriptors replaced two hundred times", world =>
        {
            using FrontendSession session = world.OpenSession();
            FrontendQueue queue = session.StartQueue(Ring, 16);
            for (int i = 0; i < 200; i++)
            {
                session.Frontend.SetVringCall(Ring, queue.Call.Fd);
                session.Frontend.SetVringKick(Ring, queue.Kick.Fd);
            }
        }, times: 5);
        yield return Attack.Uncounted("kicks that tell of nothing, ten thousand of them", world =>
        {
            using FrontendSession session = world.OpenSession();
            FrontendQueue queue = session.StartQueue(Ring, 16);
            for (int i = 0; i < 10_000; i++)
            {
                queue.Kick.Signal();
            }
        }, times: 3);
    }

    private static IEnumerable<Attack> OfRequests()
    {
        yield return Attack.As("unknownRequest", "a request nobody knows", world =>
        {
            using RawFrontend frontend = world.ConnectRaw();
            frontend.Send((VhostUserRequest)77, new byte[20]);
            frontend.AssertAlive();
        });
        yield return Refused("a feature that was not offered", session => session.Frontend.SetFeatures(1UL << 63));
        yield return Refused("a ring whose number needs more than 16 bits", session => session.Frontend.SetVringNum(0x1_0000 + Ring, 16));
        yield return Refused("a ring of no entries", session => session.Frontend.SetVringNum(Ring, 0));
        yield return Refused("a split ring of more entries than any has", session => session.Frontend.SetVringNum(Ring, 65536));
        yield return Refused("a ring at an odd address", session => SetUpAt(session, new FrontendAddress(1)), "brokenQueues");
        yield return Refused("a ring in no memory", session => SetUpAt(session, new FrontendAddress(0x7000_0000)), "brokenQueues");
        yield return Attack.As("refused", "the base of a ring there is not", world =>
        {
            using RawFrontend frontend = world.ConnectRaw();
            frontend.Send(VhostUserRequest.GetVringBase, RawFrontend.State(0x1_0000 + Ring, 0));
            Assert.True(frontend.IsClosedByBackend()); // The answer would have had to carry it.
        });
        yield return Attack.Uncounted("configuration space behind its end", world =>
        {
            using FrontendSession session = world.OpenSession();
            Assert.Throws<VhostUserException>(() => session.Frontend.GetConfig(12, new byte[4]));
            Assert.Throws<VhostUserException>(() => session.Frontend.GetConfig(int.MaxValue, new byte[256]));
        });
    }

    private static IEnumerable<Attack> OfLeaving()
    {
        byte[] message = RawFrontend.Message(VhostUserRequest.SetVringCall, RawFrontend.Number(Ring));
        yield return Cut("half a header, and the end", message[..5]);
        yield return Cut("half a payload with its descriptor, and the end", message[..15]);
        yield return Attack.As("replyNotRead", "questions whose answers nobody reads", world =>
        {
            using RawFrontend frontend = world.ConnectRaw();
            while (frontend.Send(RawFrontend.Message(VhostUserRequest.GetFeatures, [])))
            {
            }
        }, times: 3);
        yield return Attack.Uncounted("a VMM that dies while its rings run", world =>
        {
            using FrontendSession session = world.OpenSession();
            FrontendQueue queue = session.StartQueue(Ring, 16);
            queue.Kick.Signal();
            session.StartQueue(2, 16);
        });
        yield return Attack.Uncounted("a VMM that comes and goes again and again", world => world.Visit(), Visits);
        yield return Attack.Uncounted("ten VMMs at once that leave without a word", world =>
        {
            RawFrontend[] crowd = [.. Enumerable.Range(0, 10).Select(_ => world.ConnectRaw())];
            Array.ForEach(crowd, frontend => frontend.Dispose());
        }, times: 10);
    }

    /// <summary>Bytes that cost the connection.</summary>
    private static Attack Closed(string counter, string name, byte[] bytes, int descriptors = 0) => Attack.As(counter, name, world =>
    {
        using EventFd fd = EventFd.Create();
        using RawFrontend frontend = world.ConnectRaw();
        frontend.Send(bytes, [.. Enumerable.Repeat(fd.Fd, descriptors)]);
        Assert.True(frontend.IsClosedByBackend());
    });

    /// <summary>What a session is told can't be done, and what it counts as besides.</summary>
    private static Attack Refused(string name, Action<FrontendSession> action, params string[] counters) => new(name, world =>
    {
        using FrontendSession session = world.OpenSession();
        Assert.Throws<VhostUserException>(() => action(session));
        session.Frontend.GetFeatures(); // The connection goes on.
    }, counters.Append("refused").ToDictionary(c => c, _ => 1UL), Times: 20);

    private static Attack Cut(string name, byte[] bytes) => Attack.As("cutOff", name, world =>
    {
        using EventFd fd = EventFd.Create();
        using RawFrontend frontend = world.ConnectRaw();
        frontend.Send(bytes, fd.Fd);
    });

    private static void SetUpAt(FrontendSession session, FrontendAddress address)
    {
        using EventFd kick = EventFd.Create();
        session.Frontend.SetVringNum(Ring, 16);
        session.Frontend.SetVringAddr(Ring, new VringAddresses(address, address, address));
        session.Frontend.SetVringEnable(Ring, enabled: true);
        session.Frontend.SetVringKick(Ring, kick.Fd);
    }
}
