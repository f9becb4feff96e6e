namespace FastRing.Queues;

/// <summary>Whether a feature was negotiated, as a type: the compiler removes the other way.</summary>
internal interface IFeature
{
    /// <summary>True when negotiated.</summary>
    static abstract bool IsNegotiated { get; }
}

/// <summary>The feature was negotiated.</summary>
internal readonly struct With : IFeature
{
    public static bool IsNegotiated => true;
}

/// <summary>The feature was not negotiated.</summary>
internal readonly struct Without : IFeature
{
    public static bool IsNegotiated => false;
}
