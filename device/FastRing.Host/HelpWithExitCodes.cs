using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FastRing.Host;

/// <summary><c>--help</c>, and what the exit codes mean.</summary>
internal sealed class HelpWithExitCodes(HelpAction help) : SynchronousCommandLineAction
{
    public static void AddTo(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().First();
        foreach (string alias in (string[])["/h", "/?"])
        {
            option.Aliases.Remove(alias); // Another system's, and noise among completions.
        }

        option.Action = new HelpWithExitCodes((HelpAction)option.Action!);
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        System.Console.WriteLine(ExitCode.Help);
        return result;
    }
}
