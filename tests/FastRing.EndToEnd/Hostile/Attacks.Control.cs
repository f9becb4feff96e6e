using FastRing.Console.Spec;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd.Hostile;

internal static partial class Attacks
{
    /// <summary>A guest's control messages that are none, or far too many.</summary>
    private static IEnumerable<Attack> OfControl()
    {
        yield return Said("malformedControl", "control messages of seven bytes", 1000, _ => new byte[7]);
        yield return Said("malformedControl", "control messages about a port there is not", 1000, i => Message((uint)(4 + (i * 12345)), ControlEvent.PortReady, 1));
        yield return Said("malformedControl", "control messages about no port", 1000, _ => Message(ControlMessage.NoPort, ControlEvent.PortOpen, 1));
        yield return Said("malformedControl", "control messages with events nobody knows", 1000, i => Message(1, (ControlEvent)(100 + i), 1));
        yield return Said(null, "DEVICE_READY a thousand times and no buffer for an answer", 1000, _ => Message(ControlMessage.NoPort, ControlEvent.DeviceReady, 1));
        yield return Said(null, "DEVICE_READY 0 a thousand times", 1000, _ => Message(ControlMessage.NoPort, ControlEvent.DeviceReady, 0));
        yield return Said(null, "a port that opens and closes a thousand times", 1000, i => Message(1, ControlEvent.PortOpen, (ushort)(i & 1)));
        yield return Said(null, "a port that fails a thousand times", 1000, _ => Message(1, ControlEvent.PortReady, 0));
        yield return Attack.As("brokenQueues", "a control message of 4 GiB", world => Enlarge(world, QueueMap.ControlTransmit));
        yield return Attack.As("brokenQueues", "a port's message of 4 GiB", world => Enlarge(world, QueueMap.TransmitQueue(1)));
    }

    /// <summary>So many messages of a driver.</summary>
    private static Attack Said(string? counter, string name, int count, Func<int, byte[]> message) => new(name, world =>
    {
        using FrontendSession session = world.OpenSession(Base);
        FrontendQueue queue = session.StartQueue(QueueMap.ControlTransmit, 64);
        GuestAddress buffer = session.Memory.Allocate(64);
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = message(i);
            bytes.CopyTo(session.Memory.Bytes(buffer, bytes.Length));
            Assert.True(queue.Ring.TryAdd(new DriverBuffer(buffer, (uint)bytes.Length), writable: false, token: 0));
            queue.PublishAndKick();
            Assert.True(queue.WaitUsed(out _, 10_000), "a control buffer did not come back");
        }
    }, counter is null ? new Dictionary<string, ulong>() : new Dictionary<string, ulong> { [counter] = (ulong)count }, Times: 2);

    private static byte[] Message(uint port, ControlEvent what, ushort value)
    {
        byte[] bytes = new byte[ControlMessage.SizeBytes];
        new ControlMessage(port, what, value).Write(bytes);
        return bytes;
    }

    /// <summary>A chain of the same mebibyte again and again.</summary>
    private static void Enlarge(HostileWorld world, int queue)
    {
        const uint Mebibyte = 1 << 20;
        using FrontendSession session = world.OpenSession(Base);
        FrontendQueue ring = session.StartQueue(queue, 8192);
        Assert.True(ring.Ring.TryAdd([.. Enumerable.Repeat(new DriverBuffer(default, Mebibyte), 4096)], [], token: 0));
        ring.PublishAndKick();
        Await(ring.Error, "a chain of 4 GiB");
    }
}
