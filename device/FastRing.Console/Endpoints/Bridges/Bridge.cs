namespace FastRing.Console.Endpoints.Bridges;

/// <summary>
/// Joins two ports, of one guest or of two, each of which may live on a thread of its own: what one guest writes the other reads. A place that a removed port leaves
/// can be taken by another.
/// </summary>
public sealed class Bridge
{
    /// <summary>Bytes that may be under way each way, where nothing else is said.</summary>
    public const int DefaultCapacity = 256 * 1024;

    private readonly BridgeSide[] _sides;

    /// <summary>Makes a bridge that nobody is on.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="capacity">Bytes that may be under way each way; at least 4096.</param>
    public Bridge(string name, int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 4096);
        Name = name;
        _sides = [new BridgeSide(capacity), new BridgeSide(capacity)];
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Nobody is on it. Any thread.</summary>
    public bool IsEmpty => _sides.All(s => s.Port is null);

    /// <summary>An end of it, for one port, which has it until it is disposed. Any thread.</summary>
    /// <exception cref="InvalidOperationException">Two ports have its ends; the message names them.</exception>
    public BridgeEndpoint Join() => TryJoin(0) ?? TryJoin(1)
        ?? throw new InvalidOperationException($"bridge '{Name}' joins two ports already: {Describe(_sides[0])} and {Describe(_sides[1])}");

    private BridgeEndpoint? TryJoin(int index)
    {
        var port = new BridgeEndpoint(_sides[index], _sides[1 - index]);
        return _sides[index].TryTake(port) ? port : null;
    }

    private static string Describe(BridgeSide side) => side.Port?.ToString() ?? "one that just left";
}
