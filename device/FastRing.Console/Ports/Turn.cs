namespace FastRing.Console.Ports;

/// <summary>What a pump may do before others have their turn, and what it did.</summary>
/// <param name="budget">Bytes it may move. It may overdraw: a buffer is not cut.</param>
/// <param name="chains">Chains it may move.</param>
internal struct Turn(long budget, long chains)
{
    /// <summary>What a chain costs of the budget besides its bytes, so that a turn of tiny or empty chains ends too.</summary>
    public const long ChainCost = 128;

    /// <summary>Bytes left to move.</summary>
    public long Budget { get; private set; } = budget;

    /// <summary>Chains left to move.</summary>
    public long ChainsLeft { get; private set; } = chains;

    /// <summary>Bytes moved.</summary>
    public long Bytes { get; private set; }

    /// <summary>Chains moved.</summary>
    public long Chains { get; private set; }

    /// <summary>Nothing more in this turn.</summary>
    public readonly bool IsOver => Budget <= 0 || ChainsLeft <= 0;

    /// <summary>Bytes and chains were moved.</summary>
    public void Spend(nuint bytes, int chains)
    {
        Bytes += (long)bytes;
        Chains += chains;
        Budget -= (long)bytes + (chains * ChainCost);
        ChainsLeft -= chains;
    }

    /// <summary>An attempt is not free, even if nothing came of it.</summary>
    public void SpendAttempt() => Budget -= ChainCost;
}
