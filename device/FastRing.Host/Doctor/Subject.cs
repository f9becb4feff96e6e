using System.Globalization;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Interop.Sandbox;

namespace FastRing.Host.Doctor;

/// <summary>What is looked at.</summary>
/// <param name="Files">The machine.</param>
internal sealed record Subject(MachineFiles Files)
{
    /// <summary>A daemon that runs; null: one that this user would start here.</summary>
    public int? Process { get; init; }

    /// <summary>What a daemon is to do; null: that is not known.</summary>
    public ConfigFile? Config { get; init; }

    /// <summary>What the kernel knows of Landlock.</summary>
    public int LandlockAbi { get; init; } = LandlockRuleset.Abi;

    /// <summary>The guests, as far as known.</summary>
    public IReadOnlyList<GuestConfig> Guests => Config?.Guests ?? [];

    /// <summary>What the configuration has the daemon give up; the default where there is none.</summary>
    public SandboxMode Sandbox => (Config?.Sandbox ?? new SandboxConfig()).Value;

    /// <summary>Where /proc tells of the daemon, or of who would start one.</summary>
    public string ProcessFolder => Process is { } id ? string.Create(CultureInfo.InvariantCulture, $"proc/{id}") : "proc/self";
}
