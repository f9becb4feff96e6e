using System.CommandLine;
using System.Globalization;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Commands;

/// <summary><c>fastring events</c>: what happens, line by line, until it is interrupted.</summary>
internal static class EventsCommand
{
    private static readonly Argument<string?> Guest = ClientCommand.GuestArgument<string?>("Only this guest's.");
    private static readonly Option<long?> After = new("--after") { Description = "Begin behind the event of this number, as far back as the daemon remembers.", HelpName = "NUMBER" };
    private static readonly Option<int?> Count = new("--count") { Description = "End after so many events.", HelpName = "N" };

    public static Command Create()
    {
        Guest.Arity = ArgumentArity.ZeroOrOne;
        return ClientCommand.Of(new Command("events", "Show what happens to guests and ports until interrupted, or until the daemon ends.") { Guest, After, Count }, RunAsync);
    }

    /// <summary>2026-11-29 10:15:00.250 vm0/org.example.0 connected (who or why).</summary>
    public static string Line(EventRecord record)
    {
        string time = record.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        string where = record.Port switch { null => record.Guest, "" => $"{record.Guest}/console", string port => $"{record.Guest}/{port}" };
        return PlainText.Of($"{time} {where} {record.Kind}{(record.Detail is { Length: > 0 } detail ? $" ({detail})" : "")}");
    }

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        int left = parsed.GetValue(Count) ?? int.MaxValue;
        if (left < 1)
        {
            throw new UsageException("--count: expected 1 or more");
        }

        if (parsed.GetValue(After) < 0)
        {
            throw new UsageException("--after: expected the number of an event, 0 or more");
        }

        await foreach (EventRecord record in EventStream.ReadAsync(api, parsed.GetValue(Guest), parsed.GetValue(After), cancellation))
        {
            if (parsed.GetValue(ClientCommand.Json))
            {
                Output.Json(record, ClientJson.Default.EventRecord);
            }
            else
            {
                Output.Line(Line(record));
            }

            if (--left == 0)
            {
                break;
            }
        }

        return ExitCode.Ok;
    }
}
