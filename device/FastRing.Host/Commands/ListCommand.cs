using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using Spectre.Console;

namespace FastRing.Host.Commands;

/// <summary><c>fastring list</c>: guests and their ports.</summary>
internal static class ListCommand
{
    private static readonly Argument<string?> Guest = ClientCommand.GuestArgument<string?>("Only this guest.");

    public static Command Create()
    {
        Guest.Arity = ArgumentArity.ZeroOrOne;
        return ClientCommand.Of(new Command("list", "List guests and their ports.") { Guest }, RunAsync);
    }

    /// <summary>A row a port; a guest without ports has one that says so.</summary>
    public static Table TableOf(IEnumerable<GuestState> guests)
    {
        Table table = Output.Columns("GUEST", "ID", "NAME", "KIND", "BACKEND", "STATE", "TO HOST", "TO GUEST");
        foreach (GuestState guest in guests)
        {
            if (guest.Ports.Count == 0)
            {
                table.Row(guest.Name, "-", "-", "-", "-", "no ports", "-", "-");
            }

            foreach (PortState port in guest.Ports)
            {
                table.Row(
                    guest.Name, $"{port.Id}", PortText.Name(port), port.IsConsole ? "console" : "port", port.Backend, PortText.State(guest, port),
                    PortText.Bytes(port.BytesToHost), PortText.Bytes(port.BytesToGuest));
            }
        }

        return table;
    }

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        IReadOnlyList<GuestState> guests = await PortFinder.GuestsAsync(api, cancellation);
        if (parsed.GetValue(Guest) is { } name)
        {
            guests = [PortFinder.FindGuest(guests, name)];
        }

        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json([.. guests], ClientJson.Default.GuestStateArray);
        }
        else
        {
            Output.Show(TableOf(guests));
        }

        return ExitCode.Ok;
    }
}
