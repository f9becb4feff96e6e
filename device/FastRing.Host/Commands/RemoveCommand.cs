using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Commands;

/// <summary><c>fastring remove</c>: takes a port away from a guest.</summary>
internal static class RemoveCommand
{
    private static readonly Argument<string> Port = ClientCommand.PortArgument();

    public static Command Create() => ClientCommand.Of(new Command("remove", "Remove a port.") { Port }, RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        PortState port = await PortFinder.FindAsync(api, parsed.GetValue(Port)!, cancellation);
        await api.SendAsync(HttpMethod.Delete, ApiRoutes.Port(port), cancellation);
        ClientCommand.Report(parsed, port, $"{PortText.Path(port)} removed");
        return ExitCode.Ok;
    }
}
