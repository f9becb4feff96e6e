namespace FastRing.Perf;

/// <summary>What every measuring command is asked for.</summary>
/// <param name="Runs">Counted runs.</param>
/// <param name="IsQuick">At most a minute, so fewer cases and runs.</param>
/// <param name="WithNativeAot">Measure FastRing compiled ahead of time too.</param>
internal sealed record PerfRequest(int Runs, bool IsQuick, bool WithNativeAot)
{
    private const double QuickSeconds = 40;

    /// <summary>No run is repeated after this.</summary>
    public DateTime Until { get; } = IsQuick ? DateTime.UtcNow.AddSeconds(QuickSeconds) : DateTime.MaxValue;
}
