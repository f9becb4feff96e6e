namespace FastRing.Interop.Sandbox;

/// <summary>How strictly a process is kept from what it has no use for.</summary>
public enum SandboxMode
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>System calls it has no use for are made, and told in the kernel's log.</summary>
    Log,

    /// <summary>They fail; those that only somebody who has taken the process over would make end it.</summary>
    On,

    /// <summary>Any of them ends the process.</summary>
    Strict,
}
