using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;

namespace FastRing.Host.Management;

/// <summary>What a configuration that is read again can't change while the daemon runs.</summary>
/// <param name="Api">What holds for the API's socket, which can't be moved.</param>
/// <param name="Sandbox">What the file said of the sandbox; null: nothing.</param>
/// <param name="Metrics">What the file said of metrics; null: nothing.</param>
internal sealed record FixedConfig(ApiConfig? Api, SandboxConfig? Sandbox, MetricsConfig? Metrics)
{
    /// <summary>What of it a file would change.</summary>
    public IEnumerable<ConfigProblem> Problems(ConfigFile wanted)
    {
        if (wanted.Api?.SocketPath is { } path && path != Api?.SocketPath)
        {
            yield return new ConfigProblem("api.socketPath", $"the API's socket can't be moved to {path} while the daemon runs");
        }

        if (wanted.Api is { } other && other.Mode != (Api?.Mode ?? ApiConfig.DefaultMode))
        {
            yield return new ConfigProblem("api.mode", "the mode of the API's socket can't be changed while the daemon runs");
        }

        if ((wanted.Metrics ?? new MetricsConfig()) != (Metrics ?? new MetricsConfig()))
        {
            yield return new ConfigProblem("metrics", "where metrics go can't be changed while the daemon runs");
        }

        if (!(wanted.Sandbox ?? new SandboxConfig()).Says(Sandbox ?? new SandboxConfig()))
        {
            yield return new ConfigProblem("sandbox", "the sandbox can't be changed while the daemon runs");
        }
    }
}
