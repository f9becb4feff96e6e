using FastRing.Spec;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>Descriptors at the edges of what may be.</summary>
internal static class Alphabet
{
    private const DescriptorFlags Next = DescriptorFlags.Next;
    private const DescriptorFlags Write = DescriptorFlags.Write;
    private const DescriptorFlags Indirect = DescriptorFlags.Indirect;

    /// <summary>Every address with every length: a table of two entries is among them.</summary>
    private static readonly (ulong Address, uint Length)[] s_buffers =
    [
        .. from address in new ulong[] { 0, ScopeMemory.Border - 1, ScopeMemory.Hole - 1, ScopeMemory.Hole, ulong.MaxValue }
           from length in new[] { 0U, 1U, 32U, uint.MaxValue }
           select (address, length),
    ];

    /// <summary>One of each sort: good, in two pieces, nowhere, as long as can be, a table.</summary>
    private static readonly (ulong Address, uint Length)[] s_fewBuffers =
        [(0, 1), (ScopeMemory.Border - 1, 32), (ScopeMemory.Hole, 1), (0, uint.MaxValue), (0, 32)];

    private static readonly DescriptorFlags[] s_flags = [.. Enumerable.Range(0, 8).Select(bits => (DescriptorFlags)bits)];

    /// <summary>All of them, with next fields around <paramref name="size"/>; where there is no next one, the field is left at its worst.</summary>
    public static Cell[] Linked(int size) => Linked(s_buffers, s_flags, [0, size - 1, size, 0xffff]);

    /// <summary>Fewer, with every next field there is.</summary>
    public static Cell[] FewLinked(int size) => Linked(
        s_fewBuffers, [0, Write, Indirect, Next, Next | Write, Next | Indirect], [.. Enumerable.Range(0, size + 1), 0xffff]);

    /// <summary>The least to go on with: ends, and ways back.</summary>
    public static Cell[] FewestLinked() =>
        [new(0, 1, 0, 0), new(0, 1, Write, 0), new(0, 32, Indirect, 0), new(0, 1, Next, 0), new(0, 1, Next | Write, 1)];

    /// <summary>All of a packed ring, with every pair of wrap flags; a chain's id counts in its last descriptor only.</summary>
    public static Cell[] Packed(int size) => Packed(s_buffers, s_flags, [0, size - 1, size, 0xffff], everyWrap: true);

    public static Cell[] FewPacked(int size) => Packed(s_fewBuffers, s_flags, [0, size - 1, size, 0xffff], everyWrap: true);

    public static Cell[] FewestPacked(int size) => Packed(
        [(0, 1), (ScopeMemory.Hole, 1)], [0, Write, Indirect, Next, Next | Write], [size - 1, size], everyWrap: false);

    /// <summary>
    /// One of each sort, for every place of a ring: ends that are good, nowhere or a table; every way on, readable or writable, over the border, and what may not go on.
    /// </summary>
    public static Cell[] LinkedSorts(int size) =>
    [
        new(0, 1, 0, 0xffff), new(0, 1, Write, 0xffff), new(ScopeMemory.Hole, 1, 0, 0xffff), new(0, 32, Indirect, 0xffff),
        .. from link in Enumerable.Range(0, size + 1) select new Cell(0, 1, Next, (ushort)link),
        new(0, 1, Next | Write, 0), new(ScopeMemory.Border - 1, 2, Next | Write, (ushort)(size - 1)), new(0, 32, Next | Indirect, 1),
    ];

    /// <summary>The same for a packed ring, each made available in either round.</summary>
    public static Cell[] PackedSorts(int size)
    {
        ushort id = (ushort)(size - 1);
        Cell[] sorts =
        [
            new(0, 1, 0, id), new(0, 1, Write, id), new(ScopeMemory.Hole, 1, 0, 0), new(0, 1, 0, (ushort)size), new(0, 32, Indirect, 0),
            new(0, 1, Next, 0xffff), new(ScopeMemory.Border - 1, 2, Next | Write, 0xffff), new(0, 32, Next | Indirect, 0),
        ];
        return [.. from wrap in new[] { DescriptorFlags.Available, DescriptorFlags.Used } from sort in sorts select sort with { Flags = sort.Flags | wrap }];
    }

    private static Cell[] Linked((ulong Address, uint Length)[] buffers, DescriptorFlags[] flags, int[] links) =>
    [
        .. from buffer in buffers
           from flag in flags
           from link in (flag & Next) != 0 ? links.Distinct() : [0xffff]
           select new Cell(buffer.Address, buffer.Length, flag, (ushort)link),
    ];

    private static Cell[] Packed((ulong Address, uint Length)[] buffers, DescriptorFlags[] flags, int[] ids, bool everyWrap)
    {
        DescriptorFlags[] wraps = everyWrap
            ? [0, DescriptorFlags.Available, DescriptorFlags.Used, DescriptorFlags.Available | DescriptorFlags.Used]
            : [DescriptorFlags.Available, DescriptorFlags.Used];
        return
        [
            .. from buffer in buffers
               from flag in flags
               from wrap in wraps
               from id in (flag & Next) != 0 ? [0xffff] : ids.Distinct()
               select new Cell(buffer.Address, buffer.Length, flag | wrap, (ushort)id),
        ];
    }
}
