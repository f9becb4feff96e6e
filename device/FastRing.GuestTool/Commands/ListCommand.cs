using System.CommandLine;
using System.Text.Json;
using FastRing.Guest;

namespace FastRing.GuestTool.Commands;

/// <summary><c>fastring-guest list</c>: the ports this guest has.</summary>
internal static class ListCommand
{
    private static readonly Option<bool> Json = new("--json")
    {
        Description = "One JSON array: name, path, device, number, and host_connected (null when only root could tell).",
    };

    public static Command Create()
    {
        var command = new Command("list", "Show the ports: number, host's program (when root may know), file and name.") { Json };
        command.SetAction(parsed => List(parsed.GetValue(Json)));
        return command;
    }

    private static int List(bool json)
    {
        IReadOnlyList<GuestPort> ports = GuestPorts.Here.List();
        if (json)
        {
            ListedPort[] listed = [.. ports.Select(p => new ListedPort(p.Name, p.Path, p.DeviceIndex, p.Number, p.IsHostConnected))];
            Console.WriteLine(JsonSerializer.Serialize(listed, ToolJson.Default.ListedPortArray));
            return ExitCode.Done;
        }

        foreach (GuestPort port in ports)
        {
            string host = port.IsHostConnected switch { true => "connected", false => "closed", null => "?" };
            Console.WriteLine($"{port.DeviceIndex}/{port.Number,-4} {host,-10} {port.Path,-16} {Printable.Of(port.Name)}");
        }

        return ExitCode.Done;
    }
}
