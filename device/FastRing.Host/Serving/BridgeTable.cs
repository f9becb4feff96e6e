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

    /// <summary>Checks that no name is used by more than two ports of a configuration, before anything is opened.</summary>
    /// <exception cref="UsageException">One is; the message names the ports.</exception>
    public static void ThrowIfCrowded(IReadOnlyList<GuestConfig> guests)
    {
        var ends = guests.SelectMany(g => GuestDevice.Ports(g).Where(p => p.Backend.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(p => (p.Backend, Port: $"port '{p.Name}' of {g.DisplayName}")));
        if (ends.GroupBy(e => e.Backend).FirstOrDefault(g => g.Count() > 2) is { } crowded)
        {
            throw new UsageException($"bridge '{crowded.Key[Prefix.Length..]}' joins two ports, not {string.Join(" and ", crowded.Select(e => e.Port))}");
        }
    }
}
