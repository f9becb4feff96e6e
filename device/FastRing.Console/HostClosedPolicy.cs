namespace FastRing.Console;

/// <summary>What becomes of what a guest sends while nobody is there on the host's side.</summary>
public enum HostClosedPolicy
{
    /// <summary>It stays in the guest's buffers; a Linux guest's writers wait, Windows' fail.</summary>
    Hold,

    /// <summary>It is discarded, as with QEMU. A console's always is.</summary>
    Discard,
}
