namespace FastRing.Console.Ports;

/// <summary>
/// Where on a transmit ring one opening of the port ends and the next begins: chains up to each fence, oldest first. What is behind the first is not offered until that is taken down.
/// A guest that closes and opens the port faster than anybody reads has its last fence moved.
/// </summary>
internal sealed class OutputFences
{
    private const int Most = 32;
    private readonly int[] _chains = new int[Most];
    private int _first;

    /// <summary>Fences there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many chains may be offered.</summary>
    public int Limit => Count > 0 ? _chains[_first] : int.MaxValue;

    /// <summary>Puts one up behind what is on the ring.</summary>
    /// <param name="chains">How many chains that is.</param>
    /// <returns>False: there are too many, and the last one stands there now.</returns>
    public bool Add(int chains)
    {
        for (int i = 0; i < Count; i++)
        {
            chains -= At(i);
        }

        bool isNew = Count < Most;
        Count += isNew ? 1 : 0;
        ref int last = ref At(Count - 1);
        last = chains + (isNew ? 0 : last);
        return isNew;
    }

    /// <summary>Chains were given back.</summary>
    public void Completed(int chains)
    {
        if (Count > 0)
        {
            _chains[_first] -= chains;
        }
    }

    /// <summary>Takes the first one down.</summary>
    public void RemoveFirst()
    {
        if (Count > 0)
        {
            _first = (_first + 1) % Most;
            Count--;
        }
    }

    /// <summary>Takes all down.</summary>
    public void Clear() => Count = 0;

    private ref int At(int index) => ref _chains[(_first + index) % Most];
}
