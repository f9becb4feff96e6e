namespace FastRing.Queues;

/// <summary>What a driver remembers of a chain the device has.</summary>
/// <param name="token">What the caller gave with it.</param>
/// <param name="writable">Bytes of its writable buffers; only kept where buffers are used in order.</param>
/// <param name="descriptors">Descriptors of the ring it takes; 0: there is no such chain.</param>
internal struct ChainInFlight(ulong token, uint writable, ushort descriptors)
{
    public readonly ulong Token = token;
    public readonly uint Writable = writable;
    public ushort Descriptors = descriptors;
}
