using System.CommandLine;
using FastRing.Guest;

namespace FastRing.GuestTool.Commands;

/// <summary><c>fastring-guest wait</c>: returns once a port is there.</summary>
internal static class WaitCommand
{
    private static readonly Argument<string> Name = CommandLine.Name();
    private static readonly Option<double?> Timeout = CommandLine.Timeout("the port");

    public static Command Create()
    {
        var command = new Command("wait", "Wait until a port has appeared and print its file.") { Name, Timeout };
        command.SetAction(async (parsed, cancellation) =>
        {
            GuestPort port = await GuestPorts.Here.FindAsync(parsed.GetValue(Name)!, CommandLine.Duration(parsed.GetValue(Timeout)), cancellation);
            Console.WriteLine(port.Path);
            return ExitCode.Done;
        });
        return command;
    }
}
