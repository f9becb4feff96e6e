using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Commands;

/// <summary><c>fastring disconnect</c>: sends the program on the host's side of a port away.</summary>
internal static class DisconnectCommand
{
    private static readonly Argument<string> Port = ClientCommand.PortArgument();

    public static Command Create() => ClientCommand.Of(new Command("disconnect", "Send a port's client away; the next may come.") { Port }, RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        PortState port = await PortFinder.FindAsync(api, parsed.GetValue(Port)!, cancellation);
        await api.SendAsync(HttpMethod.Post, $"{ApiRoutes.Port(port)}/disconnect", cancellation);
        port = await api.GetAsync(ApiRoutes.Port(port), ClientJson.Default.PortState, cancellation);
        ClientCommand.Report(parsed, port, $"{PortText.Path(port)}: disconnected");
        return ExitCode.Ok;
    }
}
