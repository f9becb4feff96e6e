using FastRing.Memory;

namespace FastRing.Transports;

/// <summary>Addresses of 64 bits are written in two halves, in any order.</summary>
internal static class AddressHalves
{
    public static GuestAddress WithHalf(this GuestAddress address, uint value, bool isHigh) => isHigh
        ? new((uint)address.Value | ((ulong)value << 32))
        : new((address.Value & ~0xffff_fffful) | value);

    public static uint Half(this GuestAddress address, bool isHigh) => (uint)(isHigh ? address.Value >> 32 : address.Value);
}
