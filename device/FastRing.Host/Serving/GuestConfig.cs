namespace FastRing.Host.Serving;

/// <summary>A guest as the configuration file, or the options of <c>serve</c>, describe it.</summary>
/// <remarks>Settable, not init-only: generated JSON code gives init-only properties a value even where the file has none, and the defaults would be lost.</remarks>
internal sealed record GuestConfig
{
    public const int DefaultMaxPorts = 31;

    /// <summary>The protocols a VMM may speak.</summary>
    public const string VhostUser = "vhost-user";
    public const string VfioUser = "vfio-user";

    public const string VfioUserIsNotKept = "--keep and --isolate take a guest's place with its VMM for a while, which they can do with vhost-user only";

    private static readonly IReadOnlyList<PortConfig> s_noPorts = [];

    /// <summary>What log lines call it; the socket's path when not given.</summary>
    public string? Name { get; set; }

    /// <summary>The socket to listen on.</summary>
    public string? SocketPath { get; set; }

    /// <summary>An inherited socket instead.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int? Fd { get; set; }

    /// <summary>What the VMM speaks there: vhost-user or vfio-user.</summary>
    public string Protocol { get; set; } = VhostUser;

    public int MaxPorts { get; set; } = DefaultMaxPorts;

    /// <summary>Backend of the console, port 0; null: there is none.</summary>
    public string? Console { get; set; }

    /// <summary>The size of the console's terminal, COLUMNSxROWS; null: nothing is said about it.</summary>
    public string? ConsoleSize { get; set; }

    /// <summary>What the guest's driver takes for the order of a RESIZE message's fields: rowsFirst or columnsFirst.</summary>
    public string ResizeOrder { get; set; } = "rowsFirst";

    /// <summary>What becomes of conversations when the guest is brought back from a saved state: resume (they go on where they can) or restart (they end, and everybody hears of it).</summary>
    public string Restored { get; set; } = "resume";

    public IReadOnlyList<PortConfig> Ports { get; set; } = [];

    public bool EventIndex { get; set; } = true;

    public bool IndirectDescriptors { get; set; } = true;

    public bool PackedRing { get; set; } = true;

    public bool AccessPlatform { get; set; }

    public bool OrderPlatform { get; set; }

    /// <summary>What the worker does while there is nothing to do: sleep, adaptive (polls for a while first) or poll.</summary>
    public string Wait { get; set; } = "sleep";

    /// <summary>The longest it polls before it sleeps, in microseconds; with <c>adaptive</c> only.</summary>
    public int? PollBudgetUs { get; set; }

    /// <summary>Processor to tie the worker to.</summary>
    public int? Cpu { get; set; }

    /// <summary>Used buffers for one notification of the guest.</summary>
    public int? CoalesceBuffers { get; set; }

    /// <summary>The longest a notification of the guest is put off, in microseconds.</summary>
    public int? CoalesceUs { get; set; }

    /// <summary>How long what a busy guest sends may wait until it is looked for, instead of a notification for each buffer, in microseconds.</summary>
    public int? LookUs { get; set; }

    /// <summary>What is asked of the files of the guest's memory: any (nothing), add (a seal against shrinking where they take one) or require (that they have it).</summary>
    public string MemorySeals { get; set; } = "any";

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsVfioUser => Protocol == VfioUser;

    public string DisplayName => Name ?? SocketPath ?? $"fd {Fd}";

    /// <summary>What an error message about it begins with.</summary>
    public string ErrorPrefix => Name is { } name ? $"guest '{name}': " : "";

    /// <summary>Whether a device made of the other serves as well, apart from its ports.</summary>
    public bool IsSameDevice(GuestConfig other) => Device(this) == Device(other);

    private static GuestConfig Device(GuestConfig config) => config with { Ports = s_noPorts, Console = null, ConsoleSize = null };
}
