using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Commands;

/// <summary><c>fastring agent exec</c>: runs a program in the guest as if it ran here.</summary>
internal static class AgentExecCommand
{
    private const int SignalBase = 128;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private static readonly Argument<string[]> Program = new("PROGRAM") { Description = "The program and its arguments, behind \"--\".", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string[]> Environment = new("--env") { Description = "A variable of its environment, repeatable.", HelpName = "NAME=VALUE", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> Input = new("--input") { Description = "Pass our standard input to it, read to its end first." };
    private static readonly Option<int> Seconds = new("--timeout") { Description = "How long it may take, in seconds.", HelpName = "S", DefaultValueFactory = _ => 30 };

    public static Command Create() => ClientCommand.Action(
        new Command("exec", "Run a program in the guest: its output and its exit code become ours.") { Program, Environment, Input, Seconds }, RunAsync);

    /// <summary>What a shell makes of a signal.</summary>
    public static int ExitCodeOf(AgentExecResult result) => result.ExitCode ?? SignalBase + (result.Signal ?? 0);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        string guest = await AgentCommand.GuestAsync(parsed, api, cancellation);
        AgentExec exec = await ExecOfAsync(parsed, cancellation);
        AgentExecResult result = await api.SendAsync(
            HttpMethod.Post, ApiRoutes.Agent(guest, "exec"), exec, ClientJson.Default.AgentExec, ClientJson.Default.AgentExecResult, cancellation,
            TimeSpan.FromSeconds(exec.TimeoutSeconds) + Grace);
        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(result, ClientJson.Default.AgentExecResult);
        }
        else
        {
            Show(result);
        }

        return ExitCodeOf(result);
    }

    private static async Task<AgentExec> ExecOfAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string[] words = parsed.GetValue(Program)!;
        int seconds = parsed.GetValue(Seconds);
        string[] environment = parsed.GetValue(Environment) ?? [];
        if (environment.FirstOrDefault(v => v.IndexOf('=', StringComparison.Ordinal) < 1) is { } variable)
        {
            throw new UsageException($"--env {variable}: expected NAME=VALUE");
        }

        return new AgentExec
        {
            Path = words[0],
            Arguments = words[1..],
            Environment = environment,
            Input = parsed.GetValue(Input) ? await System.Console.In.ReadToEndAsync(cancellation) : null,
            TimeoutSeconds = seconds > 0 ? seconds : throw new UsageException("--timeout: expected 1 or more seconds"),
        };
    }

    private static void Show(AgentExecResult result)
    {
        Output.Text(result.Output);
        System.Console.Error.Write(result.Error);
        if (result.IsTruncated)
        {
            System.Console.Error.WriteLine("fastring: the agent cut the output off");
        }
    }
}
