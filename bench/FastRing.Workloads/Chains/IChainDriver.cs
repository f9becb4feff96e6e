namespace FastRing.Workloads.Chains;

/// <summary>Makes the same chains available again and again, as cheaply as the ring allows: the device is what is timed.</summary>
internal interface IChainDriver
{
    /// <summary>Makes a round's chains available.</summary>
    void Offer();

    /// <summary>Takes the round's chains back.</summary>
    void Collect();
}
