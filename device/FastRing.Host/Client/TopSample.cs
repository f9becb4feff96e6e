using FastRing.Host.Management.Contract;

namespace FastRing.Host.Client;

/// <summary>What passed the ports between two looks at them: an object of <c>fastring top --json</c>.</summary>
/// <param name="Time">Of the later look.</param>
/// <param name="Seconds">Between the two.</param>
/// <param name="Ports">The busiest first.</param>
internal sealed record TopSample(DateTimeOffset Time, double Seconds, IReadOnlyList<TopPort> Ports)
{
    /// <summary>Compares two looks. A port that is new, or whose counters began anew, has had all it counts in between.</summary>
    public static TopSample Between(IReadOnlyList<GuestState> before, IReadOnlyList<GuestState> after, DateTimeOffset time, double seconds)
    {
        Dictionary<(string, int, string), PortState> old = [];
        foreach (PortState port in before.SelectMany(g => g.Ports))
        {
            old[Key(port)] = port;
        }

        IEnumerable<TopPort> ports = after.SelectMany(g => g.Ports).Select(p => TopPort.Between(old.GetValueOrDefault(Key(p)), p, seconds));
        return new TopSample(time, seconds, [.. ports.OrderByDescending(p => p.ToHostPerSecond + p.ToGuestPerSecond).ThenBy(p => p.Guest, StringComparer.Ordinal).ThenBy(p => p.Id)]);
    }

    private static (string Guest, int Id, string Name) Key(PortState port) => (port.Guest, port.Id, port.Name);
}
