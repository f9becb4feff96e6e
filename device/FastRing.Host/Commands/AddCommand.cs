using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;

namespace FastRing.Host.Commands;

/// <summary><c>fastring add</c>: a port for a guest that runs.</summary>
internal static class AddCommand
{
    private static readonly Argument<string> Guest = ClientCommand.GuestArgument<string>("The guest.");
    private static readonly Argument<string> Port = new("NAME=BACKEND") { Description = "The port and the host's end of it, as of serve --port." };
    private static readonly Option<int?> Id = new("--id") { Description = "Its number. Default: the first that is free.", HelpName = "N" };
    private static readonly Option<string?> WhenHostClosed = new Option<string?>("--when-host-closed") { Description = "What becomes of the guest's output while nobody is there. Default: hold." }
        .AcceptOnlyFromAmong("hold", "discard");

    private static readonly Option<string?> WhenClientLeaves = new Option<string?>("--when-client-leaves") { Description = "What becomes of what a client that left did not take. Default: discard; keep for a file." }
        .AcceptOnlyFromAmong("discard", "keep");

    public static Command Create()
    {
        var command = new Command("add", "Add a port to a guest.") { Guest, Port, Id, WhenHostClosed, WhenClientLeaves };
        LimitOptions.AddTo(command);
        return ClientCommand.Of(command, RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        PortState port = await api.SendAsync(
            HttpMethod.Post, ApiRoutes.Ports(parsed.GetValue(Guest)!), ConfigOf(parsed), ClientJson.Default.PortConfig, ClientJson.Default.PortState, cancellation);
        ClientCommand.Report(parsed, port, $"{PortText.Path(port)} added as port {port.Id}{(port.Address is { } address ? $", at {address}" : "")}");
        return ExitCode.Ok;
    }

    private static PortConfig ConfigOf(ParseResult parsed)
    {
        string text = parsed.GetValue(Port)!;
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new UsageException($"{text}: expected NAME=BACKEND, for example org.example.0=unix:/run/example.sock");
        }

        var config = new PortConfig
        {
            Name = text[..equals],
            Backend = text[(equals + 1)..],
            Id = parsed.GetValue(Id),
            Limits = LimitOptions.Of(parsed),
            WhenClientLeaves = parsed.GetValue(WhenClientLeaves),
        };
        return parsed.GetValue(WhenHostClosed) is { } policy ? config with { WhenHostClosed = policy } : config;
    }
}
