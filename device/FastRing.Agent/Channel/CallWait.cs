namespace FastRing.Agent.Channel;

/// <summary>What a call may wait for.</summary>
internal enum CallWait
{
    /// <summary>Other callers before it.</summary>
    Turn,

    /// <summary>The guest, to read what was sent to it.</summary>
    Room,

    /// <summary>The answer to guest-sync-delimited.</summary>
    Synchronization,

    /// <summary>The answer.</summary>
    Answer,
}
