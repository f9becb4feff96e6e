using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;

namespace FastRing.Host.Commands;

/// <summary><c>fastring limit</c>: how much may pass a port.</summary>
internal static class LimitCommand
{
    private static readonly Argument<string> Port = ClientCommand.PortArgument();
    private static readonly Option<bool> None = new("--none") { Description = "Let everything pass." };

    public static Command Create()
    {
        var command = new Command("limit", "Limit what passes a port: exactly as said, what is not said is unlimited. Without options, show the limits.") { Port, None };
        LimitOptions.AddTo(command);
        return ClientCommand.Of(command, RunAsync);
    }

    /// <summary>The limits in words.</summary>
    public static string Words(LimitsConfig? limits)
    {
        string words = string.Join("; ", new[] { Words("to host", limits?.ToHost), Words("to guest", limits?.ToGuest) }.OfType<string>());
        return words.Length > 0 ? words : "no limits";
    }

    private static string? Words(string way, RateConfig? rate)
    {
        List<string> parts = [];
        if (rate?.BytesPerSecond is { } bytes)
        {
            parts.Add($"{bytes} bytes/s");
        }

        if (rate?.MessagesPerSecond is { } messages)
        {
            parts.Add($"{messages} messages/s");
        }

        return parts.Count > 0 ? $"{way} {string.Join(", ", parts)}" : null;
    }

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        LimitsConfig? limits = LimitOptions.Of(parsed);
        bool none = parsed.GetValue(None);
        if (none && limits is not null)
        {
            throw new UsageException("--none and a limit exclude each other");
        }

        PortState port = await PortFinder.FindAsync(api, parsed.GetValue(Port)!, cancellation);
        if (none || limits is not null)
        {
            await api.SendAsync(HttpMethod.Put, $"{ApiRoutes.Port(port)}/limits", limits ?? new LimitsConfig(), ClientJson.Default.LimitsConfig, cancellation);
            port = await api.GetAsync(ApiRoutes.Port(port), ClientJson.Default.PortState, cancellation);
        }

        ClientCommand.Report(parsed, port, $"{PortText.Path(port)}: {Words(port.Limits)}");
        return ExitCode.Ok;
    }
}
