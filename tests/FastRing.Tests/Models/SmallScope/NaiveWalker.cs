using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>Walks chains as the specification describes them (virtio 1.2, 2.7.5, 2.8.1 and 2.8.6 to 2.8.8), one descriptor at a time, with no eye to speed.</summary>
internal sealed class NaiveWalker(ScopeMemory memory, bool indirectAllowed, ChainDirection direction)
{
    private const int LongestTable = 1024;

    public Walked Result { get; } = new();

    /// <summary>A chain of a split ring, from its head on.</summary>
    public void Split(ReadOnlySpan<Cell> ring, ushort head)
    {
        Result.Begin(direction);
        if (head >= ring.Length)
        {
            Result.Fail(VirtqueueError.HeadOutOfRange);
            return;
        }

        if (Linked(ring, head, isTable: false))
        {
            Result.End(head, 1);
        }
    }

    /// <summary>A chain of a packed ring, from a place on, with the wrap counter there.</summary>
    public void Packed(ReadOnlySpan<Cell> ring, int place, bool wrap)
    {
        Result.Begin(direction);
        for (int slots = 1; slots <= ring.Length; slots++)
        {
            Cell cell = ring[place];
            bool available = cell.Is(DescriptorFlags.Available) == wrap && cell.Is(DescriptorFlags.Used) != wrap;
            if (!available)
            {
                Result.IsAvailable = slots > 1;
                Result.Fail(VirtqueueError.ChainNotAvailable);
                return;
            }

            if (cell.Is(DescriptorFlags.Indirect))
            {
                Table(cell, isPacked: true, isAllowed: slots == 1 && !cell.Is(DescriptorFlags.Next));
            }
            else
            {
                Result.Buffer(cell.Address, cell.Length, cell.Is(DescriptorFlags.Write));
            }

            if (Result.Errors != 0)
            {
                return;
            }

            if (!cell.Is(DescriptorFlags.Next))
            {
                EndPacked(cell.Link, slots, ring.Length);
                return;
            }

            place++;
            if (place == ring.Length)
            {
                place = 0;
                wrap = !wrap;
            }
        }

        Result.Fail(VirtqueueError.ChainTooLong);
    }

    private void EndPacked(ushort id, int slots, int size)
    {
        Result.End(id, slots);
        if (id >= size)
        {
            Result.Fail(VirtqueueError.BufferIdOutOfRange);
        }
    }

    /// <returns>True when the chain came to its end.</returns>
    private bool Linked(ReadOnlySpan<Cell> table, int index, bool isTable)
    {
        for (int left = table.Length; left > 0; left--)
        {
            Cell cell = table[index];
            if (cell.Is(DescriptorFlags.Indirect))
            {
                Table(cell, isPacked: false, isAllowed: !isTable && !cell.Is(DescriptorFlags.Next));
                return Result.Errors == 0;
            }

            Result.Buffer(cell.Address, cell.Length, cell.Is(DescriptorFlags.Write));
            if (cell.Is(DescriptorFlags.Next) && cell.Link >= table.Length)
            {
                Result.Fail(VirtqueueError.NextOutOfRange);
            }

            if (Result.Errors != 0 || !cell.Is(DescriptorFlags.Next))
            {
                return Result.Errors == 0;
            }

            index = cell.Link;
        }

        Result.Fail(VirtqueueError.ChainTooLong);
        return false;
    }

    private void Table(Cell cell, bool isPacked, bool isAllowed)
    {
        if (!indirectAllowed || !isAllowed)
        {
            Result.Fail(VirtqueueError.IndirectNotAllowed);
            return;
        }

        if (cell.Length == 0 || cell.Length % Cell.SizeBytes != 0 || cell.Length / Cell.SizeBytes > LongestTable)
        {
            Result.Fail(VirtqueueError.IndirectTableSize);
            return;
        }

        var bytes = new byte[cell.Length];
        if (!memory.TryRead(cell.Address, bytes))
        {
            Result.Fail(VirtqueueError.BufferNotMapped);
            return;
        }

        var table = new Cell[cell.Length / Cell.SizeBytes];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = Cell.Read(bytes.AsSpan(i * Cell.SizeBytes), isPacked);
        }

        if (isPacked)
        {
            Sequential(table);
        }
        else
        {
            Linked(table, 0, isTable: true);
        }
    }

    private void Sequential(ReadOnlySpan<Cell> table)
    {
        foreach (Cell cell in table)
        {
            if (cell.Is(DescriptorFlags.Indirect))
            {
                Result.Fail(VirtqueueError.IndirectNotAllowed);
                return;
            }

            Result.Buffer(cell.Address, cell.Length, cell.Is(DescriptorFlags.Write));
            if (Result.Errors != 0)
            {
                return;
            }
        }
    }
}
