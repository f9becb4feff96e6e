using FastRing.Queues;
using FastRing.Spec;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.DriverKit;

public static partial class MalformedRings
{
    /// <summary>The split ring's (virtio 1.2, 2.7); each takes a <see cref="HostileSplitRing"/>.</summary>
    public static IReadOnlyList<MalformedRing> Split { get; } =
        [.. Common(), .. Heads(), .. NextsOutOfRange(), .. Loops(), .. TablesBehindBuffers(), .. Jumps()];

    private static IEnumerable<MalformedRing> Heads()
    {
        foreach (int beyond in (int[])[0, 1, 0x4000, 0x7fff, 0xff7f])
        {
            yield return OnSplit($"a head 0x{beyond:x} beyond the table", VirtqueueError.HeadOutOfRange, ring => ring.Offer((ushort)(ring.Size + beyond)));
        }

        yield return OnSplit("the highest head", VirtqueueError.HeadOutOfRange, ring => ring.Offer(ushort.MaxValue));
    }

    private static IEnumerable<MalformedRing> NextsOutOfRange()
    {
        foreach (bool isHighest in (bool[])[false, true])
        {
            string which = isHighest ? "the highest next" : "a next just beyond the table";
            ushort Next(int size) => isHighest ? ushort.MaxValue : (ushort)size;
            yield return OnSplit(which, VirtqueueError.NextOutOfRange, ring =>
            {
                ushort head = ring.Take(1);
                ring.Descriptor(head, Buffers, 8, DescriptorFlags.Next, Next(ring.Size));
                ring.Offer(head);
            });
            yield return OnSplit($"{which} behind a good one", VirtqueueError.NextOutOfRange, ring =>
            {
                ushort head = ring.Take(2);
                ushort second = (ushort)((head + 1) & (ring.Size - 1));
                ring.Descriptor(head, Buffers, 8, DescriptorFlags.Next, second);
                ring.Descriptor(second, Buffers, 8, DescriptorFlags.Next, Next(ring.Size));
                ring.Offer(head);
            });
            yield return OnSplit($"{which} in a table", VirtqueueError.NextOutOfRange, ring =>
            {
                ring.OfferTable(Table, 5);
                ring.Entry(Table, 2, Buffers, 8, DescriptorFlags.Next, Next(5));
            });
        }
    }

    private static IEnumerable<MalformedRing> Loops()
    {
        foreach (int length in (int[])[1, 2, 3, 64])
        {
            yield return OnSplit($"a chain of {length} that goes round", VirtqueueError.ChainTooLong, ring => OfferLoop(ring, length, backTo: 0));
            yield return OnSplit($"a table of {length} that goes round", VirtqueueError.ChainTooLong, ring =>
            {
                ring.OfferTable(Table, length);
                ring.Entry(Table, length - 1, Buffers, 8, Next, 0);
            });
        }

        yield return OnSplit("a chain that goes round in its second half", VirtqueueError.ChainTooLong, ring => OfferLoop(ring, 9, backTo: 5));
        yield return OnSplit("a chain whose last descriptor goes on with itself", VirtqueueError.ChainTooLong, ring => OfferLoop(ring, 4, backTo: 3));
        yield return OnSplit(
            "a chain of the whole ring that goes round", VirtqueueError.ChainTooLong, ring => OfferLoop(ring, ring.Size, backTo: 0)) with
        { IsOfWholeRing = true };
        yield return OnSplit("writable buffers that go round", VirtqueueError.ChainTooLong, ring => OfferLoop(ring, 2, backTo: 0, Write));
        yield return OnSplit("empty buffers that go round", VirtqueueError.ChainTooLong, ring => OfferLoop(ring, 2, backTo: 0, bytes: 0));
        yield return OnSplit("the longest table that goes round", VirtqueueError.ChainTooLong, ring =>
        {
            int longest = LongestOf(ring);
            ring.OfferTable(Table, longest);
            ring.Entry(Table, longest - 1, Buffers, 8, Next, (ushort)(longest / 2));
        });
    }

    /// <summary>A table may end a chain of the split ring (virtio 1.2, 2.7.5.3.2); what is wrong then is wrong in the whole chain.</summary>
    private static IEnumerable<MalformedRing> TablesBehindBuffers()
    {
        yield return OnSplit("a readable table entry behind a writable buffer", VirtqueueError.ReadableAfterWritable, ring =>
        {
            ring.Entry(Table, 0, Buffers, 8);
            ring.OfferChain(GoodWritable, new(Table, 16, Indirect));
        });
        yield return OnSplit("a bad table behind good buffers", VirtqueueError.IndirectTableSize, ring =>
            ring.OfferChain(Good, Good, new(Table, 24, Indirect)));
        yield return OnSplit("a table in a hole behind good buffers", VirtqueueError.BufferNotMapped, ring =>
            ring.OfferChain(Good, new(Hole, 16, Indirect)));
        yield return OnSplit("a table between good buffers", VirtqueueError.IndirectNotAllowed, ring =>
        {
            ring.Entry(Table, 0, Buffers, 8);
            ring.OfferChain(Good, new(Table, 16, Indirect), Good);
        });
    }

    private static IEnumerable<MalformedRing> Jumps()
    {
        (string Name, Func<int, int> By)[] jumps = [
            ("by one more than the ring", size => size + 1), ("by half its range", _ => 0x8000), ("by less than half its range", _ => 0x7fff),
            ("back by one", _ => 0xffff), ("back by the ring", size => 0x1_0000 - size),
        ];
        foreach ((string name, Func<int, int> by) in jumps)
        {
            yield return OnSplit($"an available index that jumps {name}", VirtqueueError.AvailableIndexJumped, ring =>
                ring.AvailableIndex = (ushort)(ring.AvailableIndex + by(ring.Size))) with
            { IsOfWholeRing = true };
        }
    }

    /// <summary>Offers <paramref name="length"/> descriptors of which the last goes on with number <paramref name="backTo"/> of them.</summary>
    private static void OfferLoop(HostileSplitRing ring, int length, int backTo, DescriptorFlags flags = None, uint bytes = 8)
    {
        ushort head = ring.Take(length);
        for (int i = 0; i < length; i++)
        {
            int next = head + (i == length - 1 ? backTo : i + 1);
            ring.Descriptor((head + i) & (ring.Size - 1), Buffers, bytes, flags | Next, (ushort)(next & (ring.Size - 1)));
        }

        ring.Offer(head);
    }

    private static MalformedRing OnSplit(string name, VirtqueueError error, Action<HostileSplitRing> offer) =>
        new(name, error, ring => offer((HostileSplitRing)ring));
}
