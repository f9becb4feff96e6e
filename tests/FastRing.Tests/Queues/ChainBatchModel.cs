namespace FastRing.Tests.Queues;

/// <summary>What a batch is: a list of lists of buffers, and how much of the first list is read.</summary>
internal sealed class ChainBatchModel
{
    private readonly List<List<(nint Address, ulong Length)>> _chains = [];

    public int Count => _chains.Count;

    public ulong HeadConsumed { get; private set; }

    public ulong Bytes => _chains.Aggregate(0UL, (sum, chain) => sum + Sum(chain)) - HeadConsumed;

    public IEnumerable<(nint Address, ulong Length)> Segments
    {
        get
        {
            ulong skip = HeadConsumed;
            foreach ((nint address, ulong length) in _chains.SelectMany(c => c))
            {
                ulong cut = Math.Min(skip, length);
                skip -= cut;
                if (cut < length)
                {
                    yield return (address + (nint)cut, length - cut);
                }
            }
        }
    }

    public void Add(IEnumerable<(nint Address, ulong Length)> pieces) => _chains.Add(pieces.ToList());

    public (int Done, uint[] Written) Consume(ulong bytes)
    {
        ulong left = HeadConsumed + bytes;
        int done = 0;
        while (done < Count && Sum(_chains[done]) <= left)
        {
            left -= Sum(_chains[done++]);
        }

        HeadConsumed += bytes;
        return (done, new uint[done]);
    }

    public (int Done, uint[] Written) Fill(ulong bytes)
    {
        var written = new List<uint>();
        foreach (List<(nint Address, ulong Length)> chain in _chains)
        {
            if (bytes == 0 && Sum(chain) > 0)
            {
                break;
            }

            ulong taken = Math.Min(bytes, Sum(chain));
            bytes -= taken;
            written.Add((uint)taken);
        }

        return (written.Count, written.ToArray());
    }

    public void Remove(int chains)
    {
        ulong gone = _chains.Take(chains).Aggregate(0UL, (sum, chain) => sum + Sum(chain));
        HeadConsumed = HeadConsumed > gone ? HeadConsumed - gone : 0;
        _chains.RemoveRange(0, chains);
    }

    private static ulong Sum(List<(nint Address, ulong Length)> chain) => chain.Aggregate(0UL, (sum, piece) => sum + piece.Length);
}
