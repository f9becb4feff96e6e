namespace FastRing.Agent;

/// <summary>Where a suspended guest's memory is kept.</summary>
public enum GuestSuspendMode
{
    /// <summary>On its disk (<c>guest-suspend-disk</c>).</summary>
    Disk,

    /// <summary>In its memory (<c>guest-suspend-ram</c>). The VMM must be able to wake it up.</summary>
    Ram,

    /// <summary>Both (<c>guest-suspend-hybrid</c>).</summary>
    Hybrid,
}
