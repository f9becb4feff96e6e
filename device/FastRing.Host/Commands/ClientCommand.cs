using System.CommandLine;
using System.CommandLine.Parsing;
using FastRing.Host.Client;
using FastRing.Host.Management;

namespace FastRing.Host.Commands;

/// <summary>What every command that asks the daemon has: where its API is, and how to print.</summary>
internal static class ClientCommand
{
    public static readonly Option<string?> Api = new("--api")
    {
        Description = $"The daemon's API socket. Default: ${ApiPath.Variable}, else /run/fastring/api.sock for root, $XDG_RUNTIME_DIR/fastring/api.sock for others.",
        HelpName = "PATH",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON, errors too (on standard error).", Recursive = true };

    /// <summary>A command that does <paramref name="action"/> with a connection to the daemon.</summary>
    public static Command Of(Command command, Func<ParseResult, ApiClient, CancellationToken, Task<int>> action)
    {
        AddOptions(command);
        return Action(command, action);
    }

    /// <summary>One below a command that has the options already.</summary>
    public static Command Action(Command command, Func<ParseResult, ApiClient, CancellationToken, Task<int>> action)
    {
        command.SetAction(async (parsed, cancellation) =>
        {
            using ApiClient api = Connect(parsed);
            return await action(parsed, api, cancellation);
        });
        return command;
    }

    public static void AddOptions(Command command)
    {
        command.Add(Api);
        command.Add(Json);
    }

    /// <summary>To the daemon the command line means.</summary>
    public static ApiClient Connect(ParseResult parsed, TimeSpan? patience = null) => new(parsed.GetValue(Api) ?? ApiPath.Default(), patience);

    /// <summary>[GUEST/]NAME, completed from what the daemon has.</summary>
    public static Argument<string> PortArgument(string description = "The port: its name or number; \"console\" for a console without a name.")
    {
        var argument = new Argument<string>("[GUEST/]NAME") { Description = description };
        argument.CompletionSources.Add(context => Completions.Of(context, Completions.Ports));
        argument.Validators.Add(RefuseOptions);
        return argument;
    }

    /// <summary>The name of a guest, completed from what the daemon has.</summary>
    public static Argument<T> GuestArgument<T>(string description)
    {
        var argument = new Argument<T>("GUEST") { Description = description };
        argument.CompletionSources.Add(context => Completions.Of(context, Completions.Guests));
        argument.Validators.Add(RefuseOptions);
        return argument;
    }

    /// <summary>An option there is not would be taken for a name.</summary>
    private static void RefuseOptions(ArgumentResult result)
    {
        if (result.Tokens is [{ Value: ['-', ..] option }])
        {
            result.AddError($"unrecognized option '{option}'");
        }
    }

    /// <summary>What was done to a port: it, as JSON, or a sentence.</summary>
    public static void Report(ParseResult parsed, Management.Contract.PortState port, string sentence)
    {
        if (parsed.GetValue(Json))
        {
            Output.Json(port, ClientJson.Default.PortState);
        }
        else
        {
            Output.Line(PlainText.Of(sentence));
        }
    }
}
