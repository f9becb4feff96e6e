namespace FastRing.Workloads.Ports;

/// <summary>What a program has without a port: the caller's thread writes, another one reads.</summary>
internal interface ITransfer : IDisposable
{
    /// <summary>Writes so many times and waits until all was read.</summary>
    void Run(int writes);
}
