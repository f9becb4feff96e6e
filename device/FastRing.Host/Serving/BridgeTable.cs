using System.Globalization;
using FastRing.Console.Endpoints.Bridges;

namespace FastRing.Host.Serving;

/// <summary>The bridges of this process, by name. A name is free again when nobody is on its bridge.</summary>
internal static class BridgeTable
{
    private const string Prefix = "bridge:";

    private static readonly Dictionary<string, Bridge> s_bridges = [];

    /// <summary>An end of the bridge of that name. Any thread.</summary>
    /// <exception cref="ArgumentException">Two ports have its ends; the message names them.</exception>
    public static BridgeEndpoint Join(string name)
    {
        lock (s_bridges)
        {
            foreach (string empty in s_bridges.Where(b => b.Value.IsEmpty).Select(b => b.Key).ToList())
            {
                s_bridges.Remove(empty);
            }

            if (!s_bridges.TryGetValue(name, out Bridge? bridge))
            {
                s_bridges.Add(name, bridge = new Bridge(name));
            }

            try
            {
                return bridge.Join();
            }
            catch (InvalidOperationException e)
            {
                throw new ArgumentException(e.Message, e);
            }
        }
    }

    /// <summary>What is wrong where a name is used by more than two ports of a configuration, before anything is opened.</summary>
    /// <returns>Places are paths such as <c>guests[0].ports[1].backend</c>; the message names the ports.</returns>
    public static IEnumerable<ConfigProblem> Crowded(IReadOnlyList<GuestConfig> guests) =>
        Ends(guests).GroupBy(e => e.Name).Where(g => g.Count() > 2)
            .Select(g => new ConfigProblem(g.Last().Place, $"bridge '{g.Key}' joins two ports, not {string.Join(" and ", g.Select(e => e.Port))}"));

    /// <summary>All ends of bridges in a configuration.</summary>
    public static IEnumerable<(string Name, string Port, GuestConfig Guest, string Place)> Ends(IReadOnlyList<GuestConfig> guests) => guests.SelectMany(Ends);

    private static IEnumerable<(string Name, string Port, GuestConfig Guest, string Place)> Ends(GuestConfig guest, int index)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"guests[{index}]");
        var console = (Backend: guest.Console ?? "", Port: "", Place: $"{place}.console");
        return guest.Ports.Select((p, i) => (p.Backend, Port: p.Name, Place: string.Create(CultureInfo.InvariantCulture, $"{place}.ports[{i}].backend")))
            .Prepend(console)
            .Where(e => e.Backend.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(e => (e.Backend[Prefix.Length..], $"port '{e.Port}' of {guest.DisplayName}", guest, e.Place));
    }
}
