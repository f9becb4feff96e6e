using System.CommandLine;
using System.Text.Json;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Commands;

/// <summary><c>fastring agent</c>: asks the QEMU guest agent in a guest.</summary>
internal static class AgentCommand
{
    private static readonly Argument<string?> Guest = ClientCommand.GuestArgument<string?>("The guest; may be left out when there is only one.");

    private static readonly (string Name, string Description)[] Questions =
    [
        ("ping", "Whether the agent answers."),
        ("info", "The agent's version and commands."),
        ("osinfo", "The guest's operating system."),
        ("users", "Who is logged in."),
        ("interfaces", "Network interfaces and their addresses."),
        ("filesystems", "What is mounted."),
        ("vcpus", "The guest's processors."),
        ("time", "The guest's clock."),
    ];

    private static readonly (string Name, string Description)[] Requests =
    [
        ("shutdown", "Ask the guest to switch itself off."),
        ("reboot", "Ask the guest to reboot."),
        ("halt", "Ask the guest to halt."),
        ("suspend", "Ask the guest to suspend."),
    ];

    private static readonly Option<string?> SuspendMode = new Option<string?>("--mode") { Description = "Suspend to memory (default), to disk, or to both." }
        .AcceptOnlyFromAmong("ram", "disk", "hybrid");

    public static Command Create()
    {
        Guest.Arity = ArgumentArity.ZeroOrOne;
        var command = new Command("agent", "Ask the QEMU guest agent: fastring agent [GUEST] ping.") { Guest };
        ClientCommand.AddOptions(command);
        foreach ((string name, string description) in Questions)
        {
            command.Add(ClientCommand.Action(new Command(name, description), (parsed, api, cancellation) => AskAsync(name, parsed, api, cancellation)));
        }

        foreach ((string name, string description) in Requests)
        {
            var requests = new Command(name, description);
            if (name == "suspend")
            {
                requests.Add(SuspendMode);
            }

            command.Add(ClientCommand.Action(requests, (parsed, api, cancellation) => RequestAsync(name, parsed, api, cancellation)));
        }

        command.Add(AgentExecCommand.Create());
        return command;
    }

    /// <summary>The guest the command line means.</summary>
    public static async Task<string> GuestAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation) =>
        PortFinder.FindGuest(await PortFinder.GuestsAsync(api, cancellation), parsed.GetValue(Guest)).Name;

    private static async Task<int> AskAsync(string question, ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        string guest = await GuestAsync(parsed, api, cancellation);
        JsonElement answer = await api.GetAsync(ApiRoutes.Agent(guest, question), ClientJson.Default.JsonElement, cancellation);
        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(answer, ClientJson.Default.JsonElement);
        }
        else
        {
            AgentAnswer.Show(answer);
        }

        return ExitCode.Ok;
    }

    private static async Task<int> RequestAsync(string request, ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        string guest = await GuestAsync(parsed, api, cancellation);
        await api.SendAsync(HttpMethod.Post, ApiRoutes.Agent(guest, request) + (parsed.GetValue(SuspendMode) is { } mode ? $"?mode={mode}" : ""), cancellation);
        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(new AgentRequested(guest, request), ClientJson.Default.AgentRequested);
        }
        else
        {
            Output.Line(PlainText.Of($"{guest}: {request} requested"));
        }

        return ExitCode.Ok;
    }
}
