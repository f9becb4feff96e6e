using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>A chain as the driver meant it, and what the specification makes of it.</summary>
internal sealed class ModelChain
{
    public ModelChain(ulong token, DriverBuffer[] readable, DriverBuffer[] writable, RingVariant variant)
    {
        Token = token;
        Readable = readable;
        Writable = writable;
        int count = readable.Length + writable.Length;
        Descriptors = variant.Indirect && count > 1 && count <= RingVariant.IndirectEntries ? 1 : count;
        Slots = variant.Packed ? Descriptors : 1;
        ReadablePieces = [.. readable.SelectMany(Split)];
        WritablePieces = [.. writable.SelectMany(Split)];
    }

    public ulong Token { get; }

    public DriverBuffer[] Readable { get; }

    public DriverBuffer[] Writable { get; }

    /// <summary>Descriptors it takes from the driver.</summary>
    public int Descriptors { get; }

    /// <summary>Steps of the ring's index it takes.</summary>
    public int Slots { get; }

    public (ulong Address, uint Length)[] ReadablePieces { get; }

    public (ulong Address, uint Length)[] WritablePieces { get; }

    public uint WritableBytes => (uint)Writable.Sum(buffer => buffer.Length);

    public uint Written { get; set; }

    public IEnumerable<(ulong Address, uint Length)> Pieces(ChainDirection direction) => direction switch
    {
        ChainDirection.Readable => ReadablePieces,
        ChainDirection.Writable => WritablePieces,
        _ => ReadablePieces.Concat(WritablePieces),
    };

    /// <summary>Byte by byte, in effect: a buffer falls apart where the two regions meet, and an empty one is nowhere.</summary>
    private static IEnumerable<(ulong Address, uint Length)> Split(DriverBuffer buffer)
    {
        ulong start = buffer.Address.Value;
        uint before = (uint)Math.Clamp((long)QueuePair.Border - (long)start, 0, buffer.Length);
        if (before > 0)
        {
            yield return (start, before);
        }

        if (before < buffer.Length)
        {
            yield return (start + before, buffer.Length - before);
        }
    }
}
