using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FastRing.Interop;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FastRing.Host.Client;

/// <summary>Standard output, which says when whoever read it has left: <c>fastring events | head -1</c> ends.</summary>
internal static class Output
{
    private const int AnyWidth = 4096;

    /// <summary>The stream itself, unbuffered.</summary>
    public static Stream Stream { get; } = new StandardStream(1);

    private static readonly StreamWriter s_writer = new(Stream) { AutoFlush = true };

    /// <summary>True of what is thrown when nobody reads standard output any more.</summary>
    public static bool IsClosed(Exception e) => e is LinuxException { Errno: Errno.EPIPE };

    public static void Line(string text) => s_writer.WriteLine(text);

    public static void Text(string text) => s_writer.Write(text);

    /// <summary>One value on one line.</summary>
    public static void Json<T>(T value, JsonTypeInfo<T> type) => Line(JsonSerializer.Serialize(value, type));

    /// <summary>A table: as wide as it is when nobody looks at a terminal, so that no column is cut off for a pipe.</summary>
    public static void Show(IRenderable table)
    {
        Console().Write(table);
    }

    /// <summary>Spectre's console on standard output.</summary>
    public static IAnsiConsole Console()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(s_writer) });
        if (System.Console.IsOutputRedirected)
        {
            console.Profile.Width = AnyWidth;
            console.Profile.Capabilities.Ansi = false;
        }

        return console;
    }

    /// <summary>A table without lines, whose columns programs can split at blanks.</summary>
    public static Table Columns(params ReadOnlySpan<string> headers)
    {
        Table table = new Table().NoBorder();
        foreach (string header in headers)
        {
            table.AddColumn(new TableColumn(header).NoWrap().PadRight(2));
        }

        return table;
    }

    /// <summary>A row of text that came from anywhere.</summary>
    public static void Row(this Table table, params IEnumerable<string> cells) => table.AddRow([.. cells.Select(c => new Text(PlainText.Of(c)))]);
}
