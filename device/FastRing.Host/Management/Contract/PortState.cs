namespace FastRing.Host.Management.Contract;

/// <summary>A port as the management API tells of it.</summary>
internal sealed record PortState
{
    public required string Guest { get; init; }

    /// <summary>Empty for a console without a name: "console" names it in paths.</summary>
    public required string Name { get; init; }

    public required int Id { get; init; }

    public required bool IsConsole { get; init; }

    /// <summary>The host's end, as in the configuration.</summary>
    public required string Backend { get; init; }

    /// <summary>Where a local program finds the host's end: a socket's or terminal's path, or an address; null where there is no such thing.</summary>
    public string? Address { get; init; }

    public required bool IsReady { get; init; }

    public required bool HasFailed { get; init; }

    public required bool IsGuestOpen { get; init; }

    public required bool IsHostOpen { get; init; }

    /// <summary>The first thing that is missing for its use: nothing, driver, guestPort, failed, guestOpen, hostOpen, removed.</summary>
    public required string Waits { get; init; }

    public required ulong BytesToHost { get; init; }

    public required ulong BytesToGuest { get; init; }

    public required ulong BytesDiscarded { get; init; }

    /// <summary>Bytes the guest's driver was given and has not dealt with.</summary>
    public required ulong BytesUnacknowledged { get; init; }

    public required ulong GuestOpens { get; init; }

    /// <summary>What may pass it; null: anything.</summary>
    public Serving.LimitsConfig? Limits { get; init; }

    /// <summary>The session of a backend "resume"; null: there is none.</summary>
    public SessionState? Session { get; init; }

    /// <summary>The size of a console's terminal; null: nothing was said about it.</summary>
    public TerminalSize? Size { get; init; }
}
