namespace FastRing.EndToEnd.Hostile;

/// <summary>Every attack there is, by who makes it: the VMM, the guest's driver, programs on the host, callers of the management API.</summary>
internal static partial class Attacks
{
    public static IReadOnlyList<Attack> All { get; } = [.. OfMessages(), .. OfMemory(), .. OfRings(), .. OfControl(), .. OfHostPrograms(), .. OfCallers()];
}
