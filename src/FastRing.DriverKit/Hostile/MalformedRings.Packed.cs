using FastRing.Queues;
using FastRing.Spec;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.DriverKit;

public static partial class MalformedRings
{
    /// <summary>The packed ring's (virtio 1.2, 2.8); each takes a <see cref="HostilePackedRing"/>.</summary>
    public static IReadOnlyList<MalformedRing> Packed { get; } =
        [.. Common(), .. Ids(), .. CutChains(), .. LongChains(), .. TablesInChains()];

    private static IEnumerable<MalformedRing> Ids()
    {
        foreach (int beyond in (int[])[0, 1, 0x4000, 0x7fff, 0xff7f])
        {
            ushort Id(HostilePackedRing ring) => (ushort)(ring.Size + beyond);
            yield return BadId($"a buffer id 0x{beyond:x} beyond the ring", ring => ring.OfferChain(Id(ring), Good));
            yield return BadId($"a chain with a buffer id 0x{beyond:x} beyond the ring", ring => ring.OfferChain(Id(ring), Good, Good, GoodWritable));
            yield return BadId($"a table with a buffer id 0x{beyond:x} beyond the ring", ring =>
            {
                ring.Entry(Table, 0, Buffers, 8);
                ring.OfferChain(Id(ring), new HostileBuffer(Table, 16, Indirect));
            });
        }

        yield return BadId("the highest buffer id", ring => ring.OfferChain(ushort.MaxValue, Good));
        yield return BadId("a buffer id that is bad in the last descriptor only", ring =>
        {
            int last = ring.SlotAhead(2);
            DescriptorFlags flags = HostilePackedRing.AvailableAt(ring.WrapAhead(2));
            ring.OfferChain(0, Good, Good, Good);
            ring.Descriptor(last, Buffers, 8, ring.Size, flags);
        });
    }

    /// <summary>Chains whose first descriptor is available and a later one is not: a driver makes the first available last (2.8.6).</summary>
    private static IEnumerable<MalformedRing> CutChains()
    {
        (string Name, Func<bool, DescriptorFlags> Owner)[] owners = [
            ("was used", HostilePackedRing.UsedAt), ("is available in the round before", wrap => HostilePackedRing.AvailableAt(!wrap)),
            ("was used in the round before", wrap => HostilePackedRing.UsedAt(!wrap)),
        ];
        foreach ((string name, Func<bool, DescriptorFlags> owner) in owners)
        {
            foreach (int at in (int[])[1, 2, 4])
            {
                foreach (bool isLast in (bool[])[false, true])
                {
                    string which = $"a chain whose descriptor {at}{(isLast ? ", the last," : "")} {name}";
                    yield return OnPacked(which, VirtqueueError.ChainNotAvailable, ring => OfferCut(ring, at, isLast, owner));
                }
            }
        }

        yield return OnPacked("a chain of which only the first descriptor was ever written", VirtqueueError.ChainNotAvailable, ring =>
        {
            ring.SetFlags(ring.SlotAhead(1), HostilePackedRing.UsedAt(!ring.WrapAhead(1)));
            ring.Descriptor(ring.Position, Buffers, 8, 0, Next | HostilePackedRing.AvailableAt(ring.WrapCounter));
        });
    }

    private static IEnumerable<MalformedRing> LongChains()
    {
        foreach (DescriptorFlags flags in (DescriptorFlags[])[None, Write])
        {
            foreach (uint bytes in (uint[])[8, 0])
            {
                yield return OnPacked($"a chain without an end, {flags}, of {bytes} bytes each", VirtqueueError.ChainTooLong, ring =>
                {
                    HostileBuffer buffer = new(Buffers, bytes, flags | Next);
                    ring.OfferChain([.. Enumerable.Repeat(buffer, ring.Size)]);
                }) with
                { IsOfWholeRing = true };
            }
        }
    }

    /// <summary>A table is a chain by itself (2.8.7).</summary>
    private static IEnumerable<MalformedRing> TablesInChains()
    {
        foreach (int before in (int[])[1, 2, 5])
        {
            yield return OnPacked($"a table behind {before} good buffers", VirtqueueError.IndirectNotAllowed, ring =>
            {
                ring.Entry(Table, 0, Buffers, 8);
                ring.OfferChain([.. Enumerable.Repeat(Good, before), new(Table, 16, Indirect)]);
            });
        }

        yield return OnPacked("a table between good buffers", VirtqueueError.IndirectNotAllowed, ring =>
        {
            ring.Entry(Table, 0, Buffers, 8);
            ring.OfferChain(Good, new(Table, 16, Indirect), Good);
        });
    }

    private static void OfferCut(HostilePackedRing ring, int at, bool isLast, Func<bool, DescriptorFlags> owner)
    {
        int slot = ring.SlotAhead(at);
        bool wrap = ring.WrapAhead(at);
        ring.OfferChain([.. Enumerable.Repeat(Good, isLast ? at + 1 : at + 3)]);
        ring.SetFlags(slot, owner(wrap) | (isLast ? None : Next));
    }

    private static MalformedRing BadId(string name, Action<HostilePackedRing> offer) => OnPacked(name, VirtqueueError.BufferIdOutOfRange, offer);

    private static MalformedRing OnPacked(string name, VirtqueueError error, Action<HostilePackedRing> offer) =>
        new(name, error, ring => offer((HostilePackedRing)ring));
}
