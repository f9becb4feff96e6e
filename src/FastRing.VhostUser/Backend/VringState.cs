namespace FastRing.VhostUser.Backend;

/// <summary>Where a ring stands (vhost-user, "Ring states"); whether it is enabled comes on top.</summary>
internal enum VringState
{
    /// <summary>Not processed.</summary>
    Stopped,

    /// <summary>The device has the queue.</summary>
    Started,

    /// <summary>An area is in no region; another memory map may cure it.</summary>
    Unmapped,

    /// <summary>The translation of an area is not known yet; it was asked for, and its arrival starts the ring.</summary>
    Untranslated,

    /// <summary>Malformed: not processed until the frontend sets it up again.</summary>
    Broken,
}
