namespace FastRing.Workloads.Chains;

/// <summary>A loop, whatever it is compiled for.</summary>
internal interface IChainLoop
{
    /// <summary>Runs rounds and returns nanoseconds per chain.</summary>
    double Run(int rounds);
}
