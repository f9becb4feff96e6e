using System.CommandLine;
using FastRing.Guest;

namespace FastRing.GuestTool.Commands;

/// <summary><c>fastring-guest run</c>: a program behind a port, started anew for each host program.</summary>
internal static class RunCommand
{
    private static readonly Argument<string> Name = CommandLine.Name();
    private static readonly Argument<string[]> Program = new("PROGRAM") { Description = "The program and its arguments, after --.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<double> Grace = new("--grace")
    {
        Description = "Seconds PROGRAM may go on after its standard input has ended; then it is killed.",
        HelpName = "S",
        DefaultValueFactory = _ => 5,
    };

    public static Command Create()
    {
        const string Description =
            """
            Serve PROGRAM's standard input and output on a port: started when a program comes to the host's end, told by the end of its standard
            input that it left or that the port went. Goes on with the next one, and when the port comes back, for ever. When PROGRAM succeeds
            earlier, what the host's program still sends is discarded until it leaves; when it fails, run ends with its code.
            PROGRAM finds FASTRING_PORT and FASTRING_SESSION (1, 2, ...) in its environment.
            """;
        var command = new Command("run", Description) { Grace, Name, Program };
        command.SetAction(async (parsed, cancellation) =>
        {
            TimeSpan grace = CommandLine.Duration(parsed.GetValue(Grace));
            await using var channel = new ResilientChannel(parsed.GetValue(Name)!);
            await foreach (ChannelSession session in channel.SessionsAsync(cancellation))
            {
                using var program = ServedProgram.Start(parsed.GetValue(Program)!, channel.Name, session);
                if (await program.ServeAsync(grace, cancellation) is not 0 and var code)
                {
                    return code;
                }
            }

            return ExitCode.Done;
        });
        return command;
    }
}
