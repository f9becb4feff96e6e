namespace FastRing.VhostUser.Backend;

/// <summary>
/// What a backend asks of the files that are its guest's memory: one with F_SEAL_SHRINK (fcntl(2)) can't be made smaller any more, by nobody, so that no touch of it can find it gone.
/// </summary>
public enum MemorySealPolicy
{
    /// <summary>Nothing. A file that is made smaller ends the connection (<see cref="BackendCounters.LostMemories"/>).</summary>
    Any,

    /// <summary>The seal is added where the file takes it; it can still be made larger. Files that take none are as with <see cref="Any"/>.</summary>
    Add,

    /// <summary>Memory whose file has no such seal is refused.</summary>
    Require,
}
