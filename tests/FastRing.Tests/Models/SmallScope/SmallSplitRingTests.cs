using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>
/// The smallest split rings with every descriptor of a boundary alphabet, against a walker that knows nothing but the
/// specification. A device that leaves guest memory is killed by the guard pages.
/// </summary>
public class SmallSplitRingTests
{
    [Theory]
    [InlineData(false, ChainDirection.Both)]
    [InlineData(true, ChainDirection.Both)]
    [InlineData(true, ChainDirection.Readable)]
    [InlineData(true, ChainDirection.Writable)]
    public void Every_ring_of_one_descriptor_is_walked_as_specified(bool indirect, ChainDirection direction)
    {
        using var ring = new ScopeRing(1, packed: false, indirect, direction) { InEveryWay = true };
        foreach (Cell cell in Alphabet.Linked(1))
        {
            ring.Put(0, cell);
            foreach (ushort head in new ushort[] { 0, 1, 0xffff })
            {
                ring.TrySplit(head);
            }
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    [Theory]
    [InlineData(false, ChainDirection.Both)]
    [InlineData(true, ChainDirection.Both)]
    [InlineData(true, ChainDirection.Readable)]
    [InlineData(true, ChainDirection.Writable)]
    public void Every_ring_of_two_descriptors_is_walked_as_specified(bool indirect, ChainDirection direction)
    {
        using var ring = new ScopeRing(2, packed: false, indirect, direction);
        Cell[] cells = Alphabet.Linked(2);
        foreach (Cell first in cells)
        {
            ring.Put(0, first);
            foreach (Cell second in cells)
            {
                ring.Put(1, second);
                ring.TrySplit(0);
            }

            ring.TrySplit(1);
            ring.TrySplit(2);
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    [Theory]
    [InlineData(0, ChainDirection.Both)]
    [InlineData(1, ChainDirection.Readable)]
    [InlineData(2, ChainDirection.Writable)]
    [InlineData(3, ChainDirection.Both)]
    [InlineData(4, ChainDirection.Both)]
    public void Every_ring_of_four_descriptors_of_each_sort_is_walked_as_specified(int head, ChainDirection direction)
    {
        using var ring = new ScopeRing(4, packed: false, indirect: true, direction) { InEveryWay = true };
        ring.ForEach(Alphabet.LinkedSorts(4), () => ring.TrySplit((ushort)head));
        Assert.InRange(ring.Broke, 1, head < 4 ? ring.Shown - 1 : ring.Shown);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Rings_of_four_descriptors_with_every_one_at_the_first_two_places_are_walked_as_specified(int head)
    {
        using var ring = new ScopeRing(4, packed: false, indirect: true, ChainDirection.Both);
        Cell[] cells = Alphabet.FewLinked(4);
        Cell[] rest = Alphabet.FewestLinked();
        foreach (Cell first in cells)
        {
            ring.Put(head, first);
            foreach (Cell second in cells)
            {
                ring.Put((head + 1) % 4, second);
                foreach (Cell third in rest)
                {
                    ring.Put((head + 2) % 4, third);
                    foreach (Cell fourth in rest)
                    {
                        ring.Put((head + 3) % 4, fourth);
                        ring.TrySplit((ushort)head);
                    }
                }
            }
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(4, false)]
    public void Every_table_of_two_entries_is_walked_as_specified(int size, bool isBehindADescriptor)
    {
        using var ring = new ScopeRing(size, packed: false, indirect: true, ChainDirection.Both);
        ring.Put(0, isBehindADescriptor ? new Cell(0, 1, DescriptorFlags.Next, 1) : new Cell(0, 32, DescriptorFlags.Indirect, 0xffff));
        ring.Put(size - 1, new Cell(0, 32, DescriptorFlags.Indirect, 0xffff));
        Cell[] cells = Alphabet.Linked(2);
        foreach (Cell first in cells)
        {
            foreach (Cell second in cells)
            {
                ring.Table(0, first, second);
                ring.TrySplit(0);
            }
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }
}
