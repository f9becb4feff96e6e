using System.Globalization;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Client;

/// <summary>Finds the guest and the port a user means.</summary>
internal static class PortFinder
{
    /// <summary>All guests and their ports.</summary>
    /// <exception cref="ApiException">They can't be had, or the answer has holes.</exception>
    public static async Task<IReadOnlyList<GuestState>> GuestsAsync(ApiClient api, CancellationToken cancellation)
    {
        GuestState[] guests = await api.GetAsync(ApiRoutes.Guests, ClientJson.Default.GuestStateArray, cancellation);
        return guests.Any(g => g is null || g.Ports.Any(p => p is null))
            ? throw ApiException.Failed("the daemon's list has a guest or a port that is null")
            : guests;
    }

    /// <summary>The port of that text, of the guests there are now.</summary>
    public static async Task<PortState> FindAsync(ApiClient api, string text, CancellationToken cancellation) =>
        Find(await GuestsAsync(api, cancellation), text);

    /// <summary>The port of that text.</summary>
    /// <param name="guests">Where to look.</param>
    /// <param name="text">[GUEST/]NAME; NAME may be the port's number, or "console" for a console without a name.</param>
    /// <exception cref="ApiException">There is none.</exception>
    /// <exception cref="UsageException">Several guests have one.</exception>
    public static PortState Find(IReadOnlyList<GuestState> guests, string text)
    {
        int slash = text.LastIndexOf('/'); // A guest without a name is called by its socket's path.
        string name = text[(slash + 1)..];
        IEnumerable<GuestState> among = slash < 0 ? guests : [FindGuest(guests, text[..slash])];
        List<PortState> found = [.. among.Select(g => Of(g, name)).OfType<PortState>()];
        return found.Count switch
        {
            1 => found[0],
            0 => throw ApiException.NotFound(slash < 0 ? $"no guest has a port '{name}'" : $"guest '{text[..slash]}' has no port '{name}'"),
            _ => throw new UsageException($"several guests have a port '{name}': say which of {string.Join(", ", found.Select(p => $"{p.Guest}/{name}"))}"),
        };
    }

    /// <summary>The guest of that name; without one, the only guest there is.</summary>
    public static GuestState FindGuest(IReadOnlyList<GuestState> guests, string? name)
    {
        if (name is null)
        {
            return guests.Count switch
            {
                1 => guests[0],
                0 => throw ApiException.NotFound("there is no guest"),
                _ => throw new UsageException($"there are several guests: say which of {Names(guests)}"),
            };
        }

        return guests.FirstOrDefault(g => g.Name == name)
            ?? throw ApiException.NotFound(guests.Count == 0 ? $"there is no guest '{name}', nor any other" : $"there is no guest '{name}'; there is {Names(guests)}");
    }

    /// <summary>Not by an empty name, which a console may have: that is a mistake in a script.</summary>
    private static PortState? Of(GuestState guest, string name) =>
        name.Length == 0 ? null
        : guest.Ports.FirstOrDefault(p => p.Name == name)
        ?? guest.Ports.FirstOrDefault(p => name == "console" && p is { IsConsole: true, Name: "" })
        ?? (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? guest.Ports.FirstOrDefault(p => p.Id == id) : null);

    private static string Names(IReadOnlyList<GuestState> guests) => string.Join(", ", guests.Select(g => g.Name));
}
