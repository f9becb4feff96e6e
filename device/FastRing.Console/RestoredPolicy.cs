namespace FastRing.Console;

/// <summary>What becomes of conversations when a guest is brought back from a saved state: moved here, or restored from a snapshot, once or many times.</summary>
public enum RestoredPolicy
{
    /// <summary>They go on where they were, as far as the host's end can: right for a guest that moves.</summary>
    Resume,

    /// <summary>
    /// They end. The guest is told of each port that was open on the host's side that it closed, and opened again once the guest has taken notice; what it sent before is discarded, and no
    /// session is gone on with: right for a guest that may be brought back more than once, as no two of it are the same then.
    /// </summary>
    Restart,
}
