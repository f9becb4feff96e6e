namespace FastRing.Host.Management.Contract;

/// <summary>A guest as the management API tells of it.</summary>
internal sealed record GuestState
{
    public required string Name { get; init; }

    /// <summary>The vhost-user socket its VMM connects to; null when it came over an inherited one.</summary>
    public string? SocketPath { get; init; }

    /// <summary>A VMM is connected.</summary>
    public required bool IsConnected { get; init; }

    /// <summary>The guest's driver said that it is there.</summary>
    public required bool IsDriverReady { get; init; }

    /// <summary>Drivers there have been: one more with every reset.</summary>
    public required uint Drivers { get; init; }

    /// <summary>Times the guest was brought back from a saved state, here or elsewhere: two with the same memory and different epochs are not the same. An older daemon does not tell.</summary>
    public uint Epoch { get; init; }

    /// <summary>Ports the guest makes room for, the console's included.</summary>
    public required int MaxPorts { get; init; }

    /// <summary>Control messages of the guest that meant nothing.</summary>
    public required ulong MalformedControl { get; init; }

    /// <summary>Rings that could not be set up or broke.</summary>
    public required ulong BrokenQueues { get; init; }

    /// <summary>VMMs that connected. An older daemon does not tell, nor of what follows.</summary>
    public ulong Sessions { get; init; }

    /// <summary>Connections ended because the VMM had truncated its guest's memory.</summary>
    public ulong LostMemories { get; init; }

    /// <summary>Messages of VMMs that were not obeyed, by reason; those there were.</summary>
    public IReadOnlyDictionary<string, ulong> RejectedMessages { get; init; } = new Dictionary<string, ulong>();

    public required IReadOnlyList<PortState> Ports { get; init; }
}
