using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Commands;

/// <summary><c>fastring resize</c>: how large a console's terminal is.</summary>
internal static class ResizeCommand
{
    private static readonly Argument<string> Port = ClientCommand.PortArgument("The console: its name or number; \"console\" for one without a name.");
    private static readonly Argument<TerminalSize> Size = new("COLUMNSxROWS") { Description = "For example 132x43.", CustomParser = Parse };

    public static Command Create() => ClientCommand.Of(new Command("resize", "Tell a guest the size of a console's terminal.") { Port, Size }, RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        PortState port = await PortFinder.FindAsync(api, parsed.GetValue(Port)!, cancellation);
        TerminalSize size = parsed.GetValue(Size)!;
        await api.SendAsync(HttpMethod.Put, $"{ApiRoutes.Port(port)}/size", size, ClientJson.Default.TerminalSize, cancellation);
        port = await api.GetAsync(ApiRoutes.Port(port), ClientJson.Default.PortState, cancellation);
        ClientCommand.Report(parsed, port, $"{PortText.Path(port)}: {size.Columns}x{size.Rows}");
        return ExitCode.Ok;
    }

    private static TerminalSize? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] parts = text.Split('x');
        if (parts.Length == 2 && Number(parts[0]) is { } columns && Number(parts[1]) is { } rows)
        {
            return new TerminalSize(columns, rows);
        }

        result.AddError($"'{text}': expected COLUMNSxROWS, for example 132x43");
        return null;
    }

    private static ushort? Number(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0 ? number : null;
}
