namespace FastRing.Console.State;

/// <summary>What became of the device whose state another goes on with.</summary>
internal enum Successor
{
    /// <summary>Its process was killed. Whoever was at its host's ends is gone with it, unless a session goes on.</summary>
    Killed,

    /// <summary>Its guest moved, or was kept and brought back; sessions go on.</summary>
    Restored,

    /// <summary>The same, and everybody is to know: <see cref="RestoredPolicy.Restart"/>.</summary>
    Restarted,
}
