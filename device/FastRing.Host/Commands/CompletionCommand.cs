using System.CommandLine;
using FastRing.Host.Client;

namespace FastRing.Host.Commands;

/// <summary><c>fastring completion</c>: what makes a shell complete command lines of this program.</summary>
internal static class CompletionCommand
{
    private static readonly Argument<string> Shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." }.AcceptOnlyFromAmong("bash", "zsh", "fish");

    public static Command Create()
    {
        var command = new Command("completion", "Print a script that completes commands, options, guests and ports: source <(fastring completion bash).") { Shell };
        command.SetAction(parsed =>
        {
            Output.Text(CompletionScripts.For(parsed.GetValue(Shell)!));
            return ExitCode.Ok;
        });
        return command;
    }
}
