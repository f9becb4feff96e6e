namespace FastRing.Workloads;

/// <summary>Something of FastRing's beside something else that does the same, in one process.</summary>
internal interface IComparison : IDisposable
{
    /// <summary>Unit of both sides' values.</summary>
    string Unit { get; }

    /// <summary>Messages of a run of either side; 0 where nobody counts them.</summary>
    int Messages { get; }

    /// <summary>One run of FastRing's side.</summary>
    double Own();

    /// <summary>One run of what it is compared with.</summary>
    double Peer();
}
