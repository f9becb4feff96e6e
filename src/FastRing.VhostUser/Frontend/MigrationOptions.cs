namespace FastRing.VhostUser.Frontend;

/// <summary>When a <see cref="LiveMigration"/> stops the guest. Immutable.</summary>
public sealed record MigrationOptions
{
    /// <summary>Rounds of copying at the most, while the guest runs, after the first that copies all.</summary>
    public int MaxRounds { get; init; } = 10;

    /// <summary>So few dirty pages are left for when it is paused.</summary>
    public int FewPages { get; init; } = 64;
}
