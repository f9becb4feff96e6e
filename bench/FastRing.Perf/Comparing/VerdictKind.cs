namespace FastRing.Perf.Comparing;

/// <summary>What a comparison came to.</summary>
internal enum VerdictKind
{
    /// <summary>Nothing that could have been seen was there.</summary>
    NoDifference,

    /// <summary>B is better than A.</summary>
    Faster,

    /// <summary>B is worse than A.</summary>
    Slower,

    /// <summary>Too noisy, or too few pairs.</summary>
    None,
}
