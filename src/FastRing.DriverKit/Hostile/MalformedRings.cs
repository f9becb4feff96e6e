using FastRing.Queues;
using FastRing.Spec;
using static FastRing.DriverKit.HostileMap;

namespace FastRing.DriverKit;

/// <summary>
/// Every way to break the rules of a ring that we know of, with what a device must do about it: stop that queue, say why, have read and
/// written nothing outside of guest memory, and have given out the good chains before. Sources: virtio 1.2, 2.7 and 2.8, and what went
/// wrong in other devices: CVE-2018-1059, CVE-2019-9547, CVE-2019-18960, CVE-2020-10725, CVE-2020-14375.
/// </summary>
public static partial class MalformedRings
{
    private const int LongestTable = 1024; // unless the ring is longer

    private static readonly (string Name, ulong Address, uint Length)[] s_outside = [
        ("in a hole", Hole, 1),
        ("that ends in a hole", Hole - 1, 2),
        ("over a hole", Hole - 8, 0x1010),
        ("that begins in a hole", BehindHole - 1, 2),
        ("over a border and then a byte into a hole", Border - 8, 0x1_0009),
        ("where there is no memory", 1UL << 63, 1),
        ("of all the bytes there can be", 0, uint.MaxValue),
        ("over the end of the address space", ulong.MaxValue, 2),
        ("over the end of the address space by a byte", ulong.MaxValue - 15, 17),
        ("that outlasts the last region", Top, 0x1_0001),
        ("at the top, of all the bytes there can be", Top, uint.MaxValue),
    ];

    private static HostileBuffer Good => new(Buffers, 8);

    private static HostileBuffer GoodWritable => new(Buffers, 8, DescriptorFlags.Write);

    /// <summary>What is wrong in both layouts.</summary>
    private static IEnumerable<MalformedRing> Common() =>
        BuffersOutside().Concat(OrderOfBuffers()).Concat(TableSizes()).Concat(TablesOutside()).Concat(TablesNotAllowed()).Concat(TooLarge());

    private static IEnumerable<MalformedRing> BuffersOutside()
    {
        foreach ((string name, ulong address, uint length) in s_outside)
        {
            var bad = new HostileBuffer(address, length);
            HostileBuffer badWritable = bad with { Flags = DescriptorFlags.Write };
            yield return NotMapped($"a buffer {name}", ring => ring.OfferChain(bad));
            yield return NotMapped($"a writable buffer {name}", ring => ring.OfferChain(badWritable));
            yield return NotMapped($"behind good buffers, one {name}", ring => ring.OfferChain(Good, Good, bad));
            yield return NotMapped($"before a good buffer, one {name}", ring => ring.OfferChain(bad, Good));
            yield return NotMapped($"a table's first buffer {name}", ring => ring.OfferTable(Table, bad, Good));
            yield return NotMapped($"a table's last buffer {name}", ring => ring.OfferTable(Table, Good, Good, badWritable));
        }
    }

    private static IEnumerable<MalformedRing> OrderOfBuffers()
    {
        HostileBuffer empty = Good with { Length = 0 };
        yield return WrongOrder("a readable buffer behind a writable one", ring => ring.OfferChain(GoodWritable, Good));
        yield return WrongOrder("a readable buffer between writable ones", ring => ring.OfferChain(Good, GoodWritable, Good, GoodWritable));
        yield return WrongOrder("an empty readable buffer behind a writable one", ring => ring.OfferChain(GoodWritable, empty));
        yield return WrongOrder("a table with a readable buffer behind a writable one", ring => ring.OfferTable(Table, GoodWritable, Good));
        yield return WrongOrder(
            "a readable buffer behind an empty writable one", ring => ring.OfferChain(GoodWritable with { Length = 0 }, Good));
    }

    private static IEnumerable<MalformedRing> TableSizes()
    {
        foreach (uint bytes in (uint[])[0, 1, 8, 15, 17, 31, 0xffff_fff0, uint.MaxValue, 0x8000_0000])
        {
            yield return new($"a table of 0x{bytes:x} bytes", VirtqueueError.IndirectTableSize, ring => ring.OfferTable(Table, 2, bytes));
        }

        yield return new(
            "a table longer than any may be", VirtqueueError.IndirectTableSize,
            ring => ring.OfferTable(Table, LongestOf(ring) + 1));
    }

    private static IEnumerable<MalformedRing> TablesOutside()
    {
        (string Name, ulong Address)[] places = [
            ("in a hole", Hole), ("that ends in a hole", Hole - 16), ("that ends in a hole amid an entry", Hole - 24),
            ("that begins in a hole", BehindHole - 16), ("where there is no memory", 0x7fff_0000_0000_0000), ("at the very top", ulong.MaxValue - 15),
            ("over the end of the address space amid an entry", ulong.MaxValue - 23),
        ];
        foreach ((string name, ulong address) in places)
        {
            yield return NotMapped($"a table {name}", ring =>
            {
                ring.Entry(0, 0, Buffers, 8); // Where a table that wraps around would go on.
                ring.OfferChain(new HostileBuffer(address, 32, DescriptorFlags.Indirect));
            });
        }
    }

    private static IEnumerable<MalformedRing> TablesNotAllowed()
    {
        HostileBuffer table = new(Table, 16, DescriptorFlags.Indirect);
        yield return NotAllowed("a table that was not negotiated", ring => ring.OfferTable(Table, Good)) with { Features = 0 };
        yield return NotAllowed("a table in a table", ring => ring.OfferTable(Table, Good, new(Table + 0x100, 16, DescriptorFlags.Indirect)));
        yield return NotAllowed("a table that is its own first entry", ring => ring.OfferTable(Table, table, Good));
        yield return NotAllowed("a table with a buffer behind it", ring =>
        {
            ring.Entry(Table, 0, Buffers, 8);
            ring.OfferChain(table, Good);
        });
        yield return NotAllowed("two tables in a chain", ring =>
        {
            ring.Entry(Table, 0, Buffers, 8);
            ring.OfferChain(table, table);
        });
    }

    private static IEnumerable<MalformedRing> TooLarge()
    {
        HostileBuffer[] buffers = [.. Enumerable.Repeat(new HostileBuffer(Large, LargeBytes), (int)((1UL << 32) / LargeBytes))];
        yield return new("a chain of 4 GiB", VirtqueueError.ChainTooLarge, ring => ring.OfferChain(buffers));
        yield return new("a table of 4 GiB", VirtqueueError.ChainTooLarge, ring => ring.OfferTable(Table, buffers));
        yield return new(
            "a table of 64 GiB", VirtqueueError.ChainTooLarge,
            ring => ring.OfferTable(Table, [.. Enumerable.Repeat(buffers[0], LongestTable)]));
    }

    private static int LongestOf(HostileRing ring) => Math.Max((int)ring.Size, LongestTable);

    private static MalformedRing NotMapped(string name, Action<HostileRing> offer) => new(name, VirtqueueError.BufferNotMapped, offer);

    private static MalformedRing WrongOrder(string name, Action<HostileRing> offer) => new(name, VirtqueueError.ReadableAfterWritable, offer);

    private static MalformedRing NotAllowed(string name, Action<HostileRing> offer) => new(name, VirtqueueError.IndirectNotAllowed, offer);
}
