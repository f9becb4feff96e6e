namespace FastRing.Workloads.Rings;

/// <summary>The device's loops, whatever they are compiled for.</summary>
internal interface IDeviceLoop
{
    /// <summary>Ringtest's loop: each message is completed and published by itself.</summary>
    void RunExact(int messages);

    /// <summary>FastRing's best way: what was popped together is completed and published together.</summary>
    void RunBatched(int messages);
}
