namespace FastRing.VhostUser.Frontend;

/// <summary>What a <see cref="LiveMigration"/> took.</summary>
/// <param name="Rounds">Rounds of copying while the guest ran, after the first that copied all.</param>
/// <param name="Pages">Pages copied in them.</param>
/// <param name="PausedPages">Pages copied while it was paused.</param>
/// <param name="StateBytes">Bytes of the device's state.</param>
/// <param name="Paused">How long it was paused.</param>
/// <param name="InBackends">How much of that both backends took: to stop the rings, to hand the state over and to start them again. The rest went into copying.</param>
public sealed record MigrationReport(int Rounds, long Pages, int PausedPages, int StateBytes, TimeSpan Paused, TimeSpan InBackends);
