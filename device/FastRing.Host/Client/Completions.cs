using System.CommandLine.Completions;
using FastRing.Host.Commands;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Client;

/// <summary>Names a shell offers while a command is typed. Whatever goes wrong, it offers none and says nothing.</summary>
internal static class Completions
{
    /// <summary>Longer than any daemon takes, shorter than a user waits for a key.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What <paramref name="names"/> finds in the daemon's list.</summary>
    public static IEnumerable<CompletionItem> Of(CompletionContext context, Func<IReadOnlyList<GuestState>, IEnumerable<string>> names)
    {
        try
        {
            using ApiClient api = ClientCommand.Connect(context.ParseResult, Patience);

            // The shell waits for this process and nothing else happens in it: waiting for a task is what there is to do.
            IReadOnlyList<GuestState> guests = Task.Run(() => PortFinder.GuestsAsync(api, CancellationToken.None)).GetAwaiter().GetResult();
            return [.. names(guests).Where(IsPlain).Select(n => new CompletionItem(n))];
        }
        catch (Exception e) when (e is ApiException or UsageException)
        {
            return [];
        }
    }

    public static IEnumerable<string> Guests(IReadOnlyList<GuestState> guests) => guests.Select(g => g.Name);

    /// <summary>Names alone where they are enough, and GUEST/NAME for all.</summary>
    public static IEnumerable<string> Ports(IReadOnlyList<GuestState> guests)
    {
        List<PortState> ports = [.. guests.SelectMany(g => g.Ports)];
        IEnumerable<string> unique = ports.GroupBy(PortText.Name).Where(g => g.Count() == 1).Select(g => g.Key);
        return unique.Concat(ports.Select(PortText.Path));
    }

    private static bool IsPlain(string name) => PlainText.Of(name) == name && !name.Contains(' ', StringComparison.Ordinal);
}
