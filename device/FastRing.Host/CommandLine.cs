using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;
using FastRing.Host.Client;
using FastRing.Host.Commands;

namespace FastRing.Host;

/// <summary>Runs a command line. What goes wrong is one line on standard error, JSON if that was asked for, and an <see cref="ExitCode"/>.</summary>
internal static partial class CommandLine
{
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        // "@name" is an abstract socket to its users, not a file with more arguments.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
        {
            return Fail(parsed, ExitCode.Usage, new Problem("usage", Plain(parsed.Errors[0].Message), null));
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
            return Fail(parsed, ExitCode.Usage, new Problem("usage", e.Message, null));
        }
        catch (ApiException e)
        {
            return Fail(parsed, e.ExitCode, e.Problem);
        }
        catch (OperationCanceledException)
        {
            return Fail(parsed, ExitCode.Interrupted, new Problem("interrupted", null, null));
        }
        catch (IOException e) when (Output.IsClosed(e))
        {
            return ExitCode.Ok;
        }
        catch (IOException e)
        {
            return Fail(parsed, ExitCode.Failed, new Problem("failed", e.Message, null));
        }
    }

    /// <summary>Without the types the values are made of.</summary>
    private static string Plain(string message)
    {
        Match unparsed = Unparsed().Match(message);
        return unparsed.Success
            ? $"{unparsed.Groups["option"].Value} {unparsed.Groups["value"].Value}: expected {(unparsed.Groups["type"].Value.Contains("Int", StringComparison.Ordinal) ? "a number" : "the path of a file")}"
            : message.ReplaceLineEndings(" ").Replace("\t", "", StringComparison.Ordinal);
    }

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for option '(?<option>[^']+)' as expected type '(?<type>[^']+)'")]
    private static partial Regex Unparsed();

    private static int Fail(ParseResult parsed, int exitCode, Problem problem)
    {
        bool json = parsed.GetResult(ClientCommand.Json) is { Implicit: false };
        if (json)
        {
            System.Console.Error.WriteLine(JsonSerializer.Serialize(new ErrorReport(problem, exitCode), ClientJson.Default.ErrorReport));
            return exitCode;
        }

        foreach (string line in problem.ToString().Split('\n'))
        {
            System.Console.Error.WriteLine($"fastring: {line.ReplaceLineEndings(" ")}");
        }

        return exitCode;
    }
}
