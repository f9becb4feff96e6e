using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Interop.Sandbox;

namespace FastRing.Host.Sandbox;

/// <summary>What the daemon gives up, as the configuration file, or the options of <c>serve</c>, describe it.</summary>
internal sealed record SandboxConfig
{
    public const string DefaultMode = "on";

    /// <summary>off, log, on or strict.</summary>
    public string Mode { get; set; } = DefaultMode;

    /// <summary>The user to become once everything is open, a name or UID:GID; null: it stays who it is.</summary>
    public string? User { get; set; }

    /// <summary>Folders that ports added later may use, besides those the configuration names.</summary>
    public IReadOnlyList<string> Folders { get; set; } = [];

    /// <summary>Leaves the runtime's diagnostics socket to those who look into the daemon: <c>fastring counters</c>, <c>stacks</c> and <c>trace</c>.</summary>
    public bool Diagnostics { get; set; }

    /// <summary>All modes, by name.</summary>
    public static string[] Modes => [.. Enum.GetNames<SandboxMode>().Select(m => m.ToLowerInvariant())];

    /// <summary>The mode as a value.</summary>
    public SandboxMode Value => Enum.Parse<SandboxMode>(Mode, ignoreCase: true);

    /// <summary>What is wrong with it, by member.</summary>
    public IEnumerable<ConfigProblem> Problems()
    {
        if (!Modes.Contains(Mode))
        {
            yield return new ConfigProblem("mode", $"unknown sandbox '{Mode}': expected {string.Join(", ", Modes)}");
        }

        if (User is { } user && WhyInvalid(user) is { } why)
        {
            yield return new ConfigProblem("user", why);
        }

        foreach (string folder in Folders.Where(f => f is null || f.Contains('\0', StringComparison.Ordinal) || !Directory.Exists(f)))
        {
            yield return new ConfigProblem("folders", $"the sandbox's folder {folder} is not there");
        }
    }

    /// <summary>Whether the other says the same.</summary>
    public bool Says(SandboxConfig other) => Mode == other.Mode && Diagnostics == other.Diagnostics && User == other.User && Folders.SequenceEqual(other.Folders);

    private static string? WhyInvalid(string user)
    {
        if (user.Contains('\0', StringComparison.Ordinal) || UserIdentity.Find(user) is not { } found)
        {
            return $"no user '{user}': expected the name of one, or numbers as UID:GID";
        }

        return EffectiveUser.Id == 0 || EffectiveUser.Id == found.User ? null : $"only root can become user '{user}'";
    }
}
