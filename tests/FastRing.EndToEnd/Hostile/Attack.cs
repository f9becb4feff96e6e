namespace FastRing.EndToEnd.Hostile;

/// <summary>Something hostile done to a daemon, and what it must be counted as.</summary>
/// <param name="Name">What is done, in words; unique.</param>
/// <param name="Do">Does it; when it returns, nothing of it is connected any more.</param>
/// <param name="Counted">What the counters of the guest grow by; all others stay. Null: nobody can say beforehand.</param>
/// <param name="Times">How often it is done in a row.</param>
internal sealed record Attack(string Name, Action<HostileWorld> Do, IReadOnlyDictionary<string, ulong>? Counted, int Times)
{
    private const int Usual = 20;

    /// <summary>One that counts as one of a class, each time it is done.</summary>
    public static Attack As(string counter, string name, Action<HostileWorld> action, int times = Usual) => new(name, action, new Dictionary<string, ulong> { [counter] = 1 }, times);

    /// <summary>One that is allowed, or is nobody's to count: a client that leaves, a table of memory sent a hundred times.</summary>
    public static Attack Uncounted(string name, Action<HostileWorld> action, int times = Usual) => new(name, action, new Dictionary<string, ulong>(), times);

    public override string ToString() => Name;
}
