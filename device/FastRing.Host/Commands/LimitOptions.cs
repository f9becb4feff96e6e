using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FastRing.Host.Serving;

namespace FastRing.Host.Commands;

/// <summary>What may pass a port, as options.</summary>
internal static class LimitOptions
{
    private static readonly Option<long?> ToHostBytes = Rate("--to-host-bytes", "Bytes a second from the guest to the host.");
    private static readonly Option<long?> ToGuestBytes = Rate("--to-guest-bytes", "Bytes a second from the host to the guest.");
    private static readonly Option<long?> ToHostMessages = Rate("--to-host-messages", "Guest buffers a second from the guest to the host.");
    private static readonly Option<long?> ToGuestMessages = Rate("--to-guest-messages", "Guest buffers a second from the host to the guest.");

    public static void AddTo(Command command)
    {
        command.Add(ToHostBytes);
        command.Add(ToGuestBytes);
        command.Add(ToHostMessages);
        command.Add(ToGuestMessages);
    }

    /// <returns>Null: none of them was given.</returns>
    public static LimitsConfig? Of(ParseResult parsed)
    {
        RateConfig? toHost = RateOf(parsed.GetValue(ToHostBytes), parsed.GetValue(ToHostMessages));
        RateConfig? toGuest = RateOf(parsed.GetValue(ToGuestBytes), parsed.GetValue(ToGuestMessages));
        return (toHost, toGuest) is (null, null) ? null : new LimitsConfig { ToHost = toHost, ToGuest = toGuest };
    }

    private static RateConfig? RateOf(long? bytes, long? messages) =>
        (bytes, messages) is (null, null) ? null : new RateConfig { BytesPerSecond = bytes, MessagesPerSecond = messages };

    private static Option<long?> Rate(string name, string description) => new(name) { Description = description, HelpName = "N", CustomParser = Parse };

    private static long? Parse(ArgumentResult result)
    {
        if (long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0)
        {
            return number;
        }

        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} {result.Tokens[0].Value}: expected a number of 1 or more");
        return null;
    }
}
