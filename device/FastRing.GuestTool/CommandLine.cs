using System.CommandLine;
using System.CommandLine.Parsing;
using FastRing.Guest;

namespace FastRing.GuestTool;

/// <summary>Runs a command line: whatever goes wrong is one line on standard error and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>The name of a port, for every command that takes one.</summary>
    public static Argument<string> Name() => new("NAME") { Description = "The port's name, such as org.example.agent.0." };

    /// <summary>How long to wait.</summary>
    public static Option<double?> Timeout(string what) => new("--timeout") { Description = $"Seconds to wait for {what}; without it, for ever.", HelpName = "S" };

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
        {
            return Fail(parsed.Errors[0].Message, ExitCode.Usage);
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
        }
        catch (OperationCanceledException)
        {
            return Fail("interrupted", ExitCode.Interrupted);
        }
        catch (Exception e) when (CodeOf(e) is { } code)
        {
            return Fail(e.Message, code);
        }
    }

    /// <summary>Seconds as a time; null is for ever.</summary>
    /// <exception cref="ArgumentException">Negative, or more than a month.</exception>
    public static TimeSpan Duration(double? seconds) => seconds switch
    {
        null => System.Threading.Timeout.InfiniteTimeSpan,
        >= 0 and <= 31 * 86400 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new ArgumentException("--timeout takes a number of seconds from 0 to 2678400"),
    };

    private static int? CodeOf(Exception e) => e switch
    {
        TimeoutException => ExitCode.TimedOut,
        UnauthorizedAccessException => ExitCode.NotPermitted,
        PortBusyException => ExitCode.Busy,
        PortRemovedException => ExitCode.Removed,
        SessionEndedException => ExitCode.HostLeft,
        ArgumentException => ExitCode.Usage,
        IOException or System.ComponentModel.Win32Exception => ExitCode.Failed,
        _ => null,
    };

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine($"fastring-guest: {Printable.Of(message.ReplaceLineEndings(" "))}");
        return code;
    }
}
