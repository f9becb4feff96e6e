namespace FastRing.Queues;

/// <summary>Chains in flight in the order in which they were popped, to be popped again. Takes its memory once.</summary>
internal sealed class ChainOrder(uint size)
{
    private readonly ulong[] _counters = new ulong[size];
    private readonly ushort[] _chains = new ushort[size];
    private int _count;

    /// <summary>The chains, oldest first, once they are sorted.</summary>
    public ReadOnlySpan<ushort> Chains => _chains.AsSpan(0, _count);

    public void Clear() => _count = 0;

    public void Add(ushort chain, ulong counter)
    {
        _counters[_count] = counter;
        _chains[_count++] = chain;
    }

    public void Sort() => _counters.AsSpan(0, _count).Sort(_chains.AsSpan(0, _count));
}
