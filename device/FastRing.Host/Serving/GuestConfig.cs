namespace FastRing.Host.Serving;

/// <summary>A guest as the configuration file, or the options of <c>serve</c>, describe it.</summary>
internal sealed record GuestConfig
{
    public const int DefaultMaxPorts = 31;

    /// <summary>What log lines call it; the socket's path when not given.</summary>
    public string? Name { get; init; }

    /// <summary>The vhost-user socket to listen on.</summary>
    public string? SocketPath { get; init; }

    /// <summary>An inherited socket instead.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int? Fd { get; init; }

    public int MaxPorts { get; init; } = DefaultMaxPorts;

    /// <summary>Backend of the console, port 0; null: there is none.</summary>
    public string? Console { get; init; }

    public IReadOnlyList<PortConfig> Ports { get; init; } = [];

    public bool EventIndex { get; init; } = true;

    public bool IndirectDescriptors { get; init; } = true;

    public string DisplayName => Name ?? SocketPath ?? $"fd {Fd}";
}
