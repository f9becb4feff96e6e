namespace FastRing.Client;

/// <summary>The daemon turned this client away.</summary>
public sealed class PortRefusedException : IOException
{
    internal const ulong Busy = 3;
    internal const ulong Late = 5;
    internal const ulong Disconnected = 6;

    internal PortRefusedException(ulong reason, string text)
        : base($"the daemon refuses: {text}") => Reason = reason;

    /// <summary>The number of the reason: docs/resumable.md.</summary>
    public ulong Reason { get; }
}
