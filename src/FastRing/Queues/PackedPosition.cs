using System.Runtime.CompilerServices;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>A place on a packed ring and the wrap counter there (virtio 1.2, 2.8.1): bits 0-14 the index, bit 15 the counter, as vhost-user and event suppression have it.</summary>
internal readonly record struct PackedPosition(ushort Value)
{
    /// <summary>Where a fresh ring begins: both wrap counters start at 1.</summary>
    public static readonly PackedPosition Fresh = new(WrapBit);

    private const ushort WrapBit = 1 << 15;

    public static PackedPosition At(uint index, bool wrap) => new((ushort)(index | (wrap ? (uint)WrapBit : 0)));

    public uint Index => Value & 0x7fffu;

    public bool Wrap => (Value & WrapBit) != 0;

    /// <summary>AVAIL and USED as they are in a descriptor that is available here: AVAIL equals the counter, USED does not.</summary>
    public uint AvailableFlags => Wrap ? (uint)DescriptorFlags.Available : (uint)DescriptorFlags.Used;

    /// <summary>AVAIL and USED as they are in a descriptor that is used here: both equal the counter.</summary>
    public uint UsedFlags => Wrap ? (uint)(DescriptorFlags.Available | DescriptorFlags.Used) : 0;

    /// <summary>The place <paramref name="slots"/>, at most the ring's size, further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PackedPosition Plus(uint slots, uint size)
    {
        uint index = Index + slots;
        uint wrap = Value & (uint)WrapBit;
        return index < size ? new((ushort)(index | wrap)) : new((ushort)((index - size) | (wrap ^ WrapBit)));
    }
}
