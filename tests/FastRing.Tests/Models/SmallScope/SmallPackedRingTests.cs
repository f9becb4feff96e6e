using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>The smallest packed rings with every descriptor of a boundary alphabet, as <see cref="SmallSplitRingTests"/>.</summary>
public class SmallPackedRingTests
{
    [Theory]
    [InlineData(false, ChainDirection.Both)]
    [InlineData(true, ChainDirection.Both)]
    [InlineData(true, ChainDirection.Readable)]
    [InlineData(true, ChainDirection.Writable)]
    public void Every_ring_of_one_descriptor_is_walked_as_specified(bool indirect, ChainDirection direction)
    {
        using var ring = new ScopeRing(1, packed: true, indirect, direction) { InEveryWay = true };
        foreach (Cell cell in Alphabet.Packed(1))
        {
            ring.Put(0, cell);
            ring.TryPacked(0, wrap: true);
            ring.TryPacked(0, wrap: false);
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void Every_ring_of_two_descriptors_is_walked_as_specified(int place, bool wrap)
    {
        using var ring = new ScopeRing(2, packed: true, indirect: true, ChainDirection.Both);
        Cell[] cells = Alphabet.Packed(2);

        // At place 0 a wrap counter of 0 may be that of a fresh ring, which is 1.
        IEnumerable<Cell> ofFresh = place == 0 && !wrap ? Available(Alphabet.FewPacked(2), true) : [];
        foreach (Cell first in Available(cells, wrap).Concat(ofFresh))
        {
            ring.Put(place, first);
            foreach (Cell second in cells)
            {
                ring.Put(1 - place, second);
                ring.TryPacked(place, wrap);
            }
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    [Theory]
    [InlineData(3, 0, true, ChainDirection.Both)]
    [InlineData(3, 0, false, ChainDirection.Both)]
    [InlineData(3, 1, false, ChainDirection.Readable)]
    [InlineData(3, 2, true, ChainDirection.Writable)]
    [InlineData(4, 0, true, ChainDirection.Both)]
    [InlineData(4, 0, false, ChainDirection.Both)]
    [InlineData(4, 2, true, ChainDirection.Readable)]
    [InlineData(4, 3, false, ChainDirection.Both)]
    public void Every_ring_of_three_or_four_descriptors_of_each_sort_is_walked_as_specified(int size, int place, bool wrap, ChainDirection direction)
    {
        using var ring = new ScopeRing(size, packed: true, indirect: true, direction) { InEveryWay = true };
        ring.ForEach(Alphabet.PackedSorts(size), () => ring.TryPacked(place, wrap));
        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    [Theory]
    [InlineData(3, 0, true)]
    [InlineData(3, 2, true)]
    [InlineData(4, 0, true)]
    [InlineData(4, 3, false)]
    public void Rings_of_a_few_descriptors_with_every_one_at_the_first_place_are_walked_as_specified(int size, int place, bool wrap)
    {
        using var ring = new ScopeRing(size, packed: true, indirect: true, ChainDirection.Both);
        Cell[] cells = Alphabet.FewestPacked(size);
        foreach (Cell first in Available(Alphabet.FewPacked(size), wrap))
        {
            ring.Put(place, first);
            foreach (Cell second in cells)
            {
                ring.Put((place + 1) % size, second);
                foreach (Cell third in cells)
                {
                    ring.Put((place + 2) % size, third);
                    ring.Put((place + size - 1) % size, size == 3 ? third : second);
                    ring.TryPacked(place, wrap);
                }
            }
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_table_of_two_entries_is_walked_as_specified(int size)
    {
        using var ring = new ScopeRing(size, packed: true, indirect: true, ChainDirection.Both);
        ring.Put(0, new Cell(0, 32, DescriptorFlags.Indirect | DescriptorFlags.Available, 0));
        Cell[] cells = Alphabet.Linked(2);
        foreach (Cell first in cells)
        {
            foreach (Cell second in cells)
            {
                ring.Table(0, first, second);
                ring.TryPacked(0, wrap: true);
            }
        }

        Assert.InRange(ring.Broke, 1, ring.Shown - 1);
    }

    /// <summary>Those that begin a chain; and a few that do not.</summary>
    private static IEnumerable<Cell> Available(Cell[] cells, bool wrap) => cells.Where(
        (cell, i) => i % 16 == 0 || (cell.Is(DescriptorFlags.Available) == wrap && cell.Is(DescriptorFlags.Used) != wrap));
}
