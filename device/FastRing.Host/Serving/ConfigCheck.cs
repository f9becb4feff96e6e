using System.Globalization;
using FastRing.Host.Client;

namespace FastRing.Host.Serving;

/// <summary>What is wrong with a configuration of several guests, told before anything is opened.</summary>
internal static class ConfigCheck
{
    /// <summary>Looks at all of it.</summary>
    /// <param name="guests">The guests.</param>
    /// <param name="hasOpenFiles">Whatever this process may have, it is enough.</param>
    /// <returns>Places are paths such as <c>guests[0].ports[1].name</c>.</returns>
    public static IReadOnlyList<ConfigProblem> Of(IReadOnlyList<GuestConfig> guests, bool hasOpenFiles = false)
    {
        List<ConfigProblem> problems = [.. guests.SelectMany((g, i) => GuestCheck.Of(g).Select(p => p.Within(Guest(i))))];
        var paths = new HashSet<string>();
        var names = new HashSet<string>();
        var singles = new HashSet<string>();
        for (int i = 0; i < guests.Count; i++)
        {
            GuestConfig guest = guests[i];
            if (guest.SocketPath is { } path && !paths.Add(Full(path)))
            {
                problems.Add(new ConfigProblem($"{Guest(i)}.socketPath", $"socketPath {path} is used twice"));
            }
            else if (!names.Add(guest.DisplayName))
            {
                problems.Add(new ConfigProblem($"{Guest(i)}.name", $"guest '{guest.DisplayName}': its name is used twice"));
            }

            problems.AddRange(GuestCheck.Singles(guest).Where(s => !singles.Add(s.Backend))
                .Select(s => new ConfigProblem($"{Guest(i)}.{s.Place}", $"{s.Backend} can be the backend of one port only")));
        }

        problems.AddRange(MadeTwice(guests));
        problems.AddRange(BridgeTable.Crowded(guests));
        if (problems.Count == 0 && !hasOpenFiles && OpenFileNeed.WhyTooMany(guests) is { } few)
        {
            problems.Add(new ConfigProblem("guests", few));
        }

        return problems;
    }

    /// <exception cref="UsageException">The first thing that is wrong.</exception>
    public static void ThrowIfWrong(IReadOnlyList<GuestConfig> guests)
    {
        if (Of(guests) is [var first, ..])
        {
            throw new UsageException(PlainText.Of(first.Message)) { Member = first.Place };
        }
    }

    /// <summary>The place of a guest in the configuration.</summary>
    public static string PlaceOf(IReadOnlyList<GuestConfig> guests, string guest) => Guest(guests.ToList().FindIndex(g => g.DisplayName == guest));

    private static string Guest(int index) => string.Create(CultureInfo.InvariantCulture, $"guests[{index}]");

    /// <summary>Sockets, links and files that two would make: the second would find the first one's in its way.</summary>
    private static IEnumerable<ConfigProblem> MadeTwice(IReadOnlyList<GuestConfig> guests)
    {
        HashSet<string> made = [.. guests.Select(g => g.SocketPath).OfType<string>().Select(Full)];
        return guests.SelectMany((g, i) => GuestCheck.MadePaths(g).Select(m => (m.Path, Place: $"{Guest(i)}.{m.Place}")))
            .Where(m => !made.Add(Full(m.Path)))
            .Select(m => new ConfigProblem(m.Place, $"{m.Path} is used twice"));
    }

    private static string Full(string path) => path.Length == 0 || path[0] == '@' || path.Contains('\0', StringComparison.Ordinal) ? path : Path.GetFullPath(path);
}
