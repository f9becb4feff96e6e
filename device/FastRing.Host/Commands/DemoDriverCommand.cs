using System.CommandLine;
using FastRing.Host.Demo;

namespace FastRing.Host.Commands;

/// <summary>The second process of the embedded demo; not for users.</summary>
internal static class DemoDriverCommand
{
    private static readonly Argument<string> Socket = new("socket");

    public static Command Create()
    {
        var command = new Command("demo-driver", "The guest's part of the embedded demo.") { Socket };
        command.Hidden = true;
        command.SetAction(parsed => DemoDriver.Run(parsed.GetValue(Socket)!));
        return command;
    }
}
