namespace FastRing.Tests.Models;

/// <summary>Where a ring goes on, as <c>VHOST_USER_GET_VRING_BASE</c> has it.</summary>
internal static class Bases
{
    /// <summary>The base of a ring all of whose chains were completed up to a position that never wraps.</summary>
    public static uint Of(long position, ushort size, bool packed)
    {
        if (!packed)
        {
            return (ushort)position;
        }

        uint wrap = position / size % 2 == 0 ? 1U : 0;
        uint half = (uint)(position % size) | (wrap << 15);
        return half | (half << 16);
    }
}
