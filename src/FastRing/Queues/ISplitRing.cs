namespace FastRing.Queues;

/// <summary>What is more of a split ring: its chains are known by their heads.</summary>
internal interface ISplitRing : IDeviceRing
{
    /// <summary>Takes the chain with that head, which was taken from the available ring before, in the place of the next one there. There is room for a chain in the sink.</summary>
    VirtqueueError TakeAgain(ushort head, ref ChainSink sink);
}
