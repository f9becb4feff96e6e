using FastRing.Host.Management;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;

namespace FastRing.Host.Serving;

/// <summary>What a daemon is to do.</summary>
/// <param name="Guests">Whom it serves.</param>
/// <param name="Api">Its management API; null: it has none.</param>
/// <param name="Sandbox">What it gives up.</param>
/// <param name="Source">The file that says so, to be read again; null: the command line said it.</param>
internal sealed record DaemonConfig(IReadOnlyList<GuestConfig> Guests, ApiConfig? Api, SandboxConfig Sandbox, ConfigSource? Source)
{
    /// <summary>Where its metrics go; null: nowhere.</summary>
    public MetricsConfig? Metrics { get; init; }

    /// <summary>What the file says of metrics, which the command line may have gone before.</summary>
    public MetricsConfig? MetricsOfFile { get; init; }

    /// <summary>It is one guest's share of a configuration: others have processes of their own, which this one is to have nothing of.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>What the file says of the sandbox, which the command line may have gone before.</summary>
    public SandboxConfig? SandboxOfFile { get; init; }
}
