namespace FastRing.Interop.Sandbox;

/// <summary>
/// Holds for a system call when the lower half of one of its arguments, masked, is one of some values. Of the arguments tested so, the kernel takes no more
/// than 32 bits; what a pointer points to can't be tested.
/// </summary>
/// <param name="Argument">Which argument, from 0.</param>
/// <param name="Mask">The bits looked at.</param>
/// <param name="Values">The values they may have.</param>
public sealed record ArgumentTest(int Argument, uint Mask, params IReadOnlyList<uint> Values)
{
    /// <summary>All 32 bits are one of these.</summary>
    public static ArgumentTest IsOneOf(int argument, params IReadOnlyList<uint> values) => new(argument, uint.MaxValue, values);
}
