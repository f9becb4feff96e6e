using System.CommandLine;
using System.CommandLine.Parsing;
using FastRing.Interop;

namespace FastRing.Host;

/// <summary>Runs a command line: what is wrong with it is one line on standard error and exit code 2.</summary>
internal static class CommandLine
{
    /// <summary>Exit code of everything the user can mend by saying it differently.</summary>
    public const int UsageError = 2;

    /// <summary>Exit code after SIGINT or SIGTERM in the middle of something that ends by itself.</summary>
    private const int Interrupted = 130;

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        // "@name" is an abstract socket to its users, not a file with more arguments.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
        {
            return Fail(parsed.Errors[0].Message);
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = args is ["serve", ..] ? null : TimeSpan.FromSeconds(10), // The daemon ends by itself.
            });
        }
        catch (UsageException e)
        {
            return Fail(e.Message);
        }
        catch (OperationCanceledException)
        {
            System.Console.Error.WriteLine("fastring: interrupted");
            return Interrupted;
        }
    }

    private static int Fail(string message)
    {
        foreach (string line in message.Split('\n'))
        {
            System.Console.Error.WriteLine($"fastring: {line.ReplaceLineEndings(" ")}");
        }

        return UsageError;
    }
}
