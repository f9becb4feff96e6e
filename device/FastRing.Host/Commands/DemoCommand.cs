using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using FastRing.Agent;
using FastRing.Host.Demo;
using FastRing.Host.Guests;
using Spectre.Console;

namespace FastRing.Host.Commands;

/// <summary><c>fastring demo</c>: boots a guest, moves bytes and asks its agent, and shows what it saw.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Guest = new Option<string>("--guest")
    {
        Description = "uml: a Linux kernel under user-mode Linux. embedded: FastRing's own driver in a second process. auto: uml if it is installed.",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong("auto", "uml", "embedded");

    private static readonly Option<bool> Install = new("--install") { Description = "Install what the uml guest needs with apt-get, as root." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object instead of a table." };

    public static Command Create()
    {
        var command = new Command("demo", "Show a guest talking through named ports.") { Guest, Install, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            DemoResult result = await RunAsync(parsed, line => System.Console.Error.WriteLine($"· {line}"), cancellation);
            Show(result, parsed.GetValue(Json));
            return result.Succeeded ? 0 : 1;
        }
        catch (Exception e) when (e is GuestException or AgentException or IOException or SocketException or TimeoutException)
        {
            System.Console.Error.WriteLine($"fastring: {e.Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }

    private static async Task<DemoResult> RunAsync(ParseResult parsed, Action<string> progress, CancellationToken cancellation)
    {
        GuestPackages? packages = await ChooseAsync(parsed.GetValue(Guest)!, parsed.GetValue(Install), progress, cancellation);
        return await DemoRun.RunAsync(packages, progress, cancellation);
    }

    /// <returns>The packages of the uml guest; null: the embedded one.</returns>
    private static async Task<GuestPackages?> ChooseAsync(string kind, bool install, Action<string> progress, CancellationToken cancellation)
    {
        if (kind == "embedded")
        {
            return null;
        }

        GuestPackages packages = await GuestPackages.FindAsync(cancellation);
        if (packages.Missing is not null && install)
        {
            progress("installing user-mode-linux, busybox-static and qemu-guest-agent");
            packages = await GuestPackages.InstallAsync(_ => { }, cancellation);
        }

        if (packages.Missing is { } missing)
        {
            progress(missing);
            return kind == "auto" ? null : throw new GuestException("the uml guest is not installed; add --install (as root), or --guest embedded");
        }

        return packages;
    }

    private static void Show(DemoResult result, bool json)
    {
        if (json)
        {
            System.Console.WriteLine(JsonSerializer.Serialize(result, DemoJson.Default.DemoResult));
            return;
        }

        Table table = new Table().AddColumn("what").AddColumn("seen");
        table.AddRow("guest", result.GuestOs ?? "FastRing's own driver in a second process");
        table.AddRow("first byte through a port", $"{result.FirstByteMs:0} ms after the guest was started");
        table.AddRow($"{result.EchoBytes >> 20} MiB echoed", $"{(result.EchoOk ? "[green]intact[/]" : "[red]DAMAGED[/]")}, sha256 {result.EchoSha256[..16]}…");
        table.AddRow("throughput, each way", $"{result.ThroughputMibS:0} MiB/s");
        table.AddRow("round trip host - guest - host", $"{result.RoundTripUsP50:0} µs median, {result.RoundTripUsP99:0} µs p99");
        table.AddRow("guest agent", result.AgentOk switch { true => "[green]answered, and shut the guest down[/]", false => "[red]failed[/]", null => "none in this guest" });
        table.AddRow("logged in", result.Users is null ? "-" : Markup.Escape(string.Join(", ", result.Users)));
        AnsiConsole.Write(table);
    }
}
