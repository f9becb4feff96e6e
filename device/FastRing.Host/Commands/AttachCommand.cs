using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using FastRing.Host.Attaching;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using FastRing.Interop;

namespace FastRing.Host.Commands;

/// <summary><c>fastring attach</c>: this terminal, or this pipe, is the host's end of a port.</summary>
internal static class AttachCommand
{
    private static readonly Argument<string> Port = ClientCommand.PortArgument();
    private static readonly Option<string> Escape = new("--escape")
    {
        Description = "The key that leaves, on a terminal: ^X for a control key, one character, or none.",
        HelpName = "KEY",
        DefaultValueFactory = _ => EscapeKey.Default,
    };

    private static readonly Option<bool> ReadOnly = new("--read-only") { Description = "Send nothing to the guest." };
    private static readonly Option<double?> Linger = new("--linger")
    {
        Description = "After standard input ended, leave when nothing came for so long. Default: wait for the other side to end.",
        HelpName = "SECONDS",
        CustomParser = Seconds,
    };

    public static Command Create() => ClientCommand.Of(
        new Command("attach", "Connect this terminal, or standard input and output, to a port. A console's size follows the window.") { Port, Escape, ReadOnly, Linger },
        RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        EscapeKey? escape = EscapeKey.Parse(parsed.GetValue(Escape)!);
        IReadOnlyList<GuestState> guests = await PortFinder.GuestsAsync(api, cancellation);
        PortState port = PortFinder.Find(guests, parsed.GetValue(Port)!);
        if (PortConnection.Kind(port) == "ring")
        {
            return await PrintKeptAsync(api, port, cancellation);
        }

        bool isTerminal = Terminal.IsTerminal(RawTerminal.Input);
        Say(parsed, port, guests.First(g => g.Name == port.Guest), isTerminal ? escape : null);
        using PortConnection connection = await PortConnection.OpenAsync(port, cancellation);
        AttachEnd end = isTerminal
            ? await OnTerminalAsync(parsed, api, port, connection, escape, cancellation)
            : await OnPipeAsync(parsed, connection, cancellation);
        if (end is AttachEnd.PortEnded)
        {
            await ThrowIfGoneAsync(api, isTerminal, cancellation);
        }

        SayEnd(parsed, port, end, isTerminal);
        return ExitCode.Ok;
    }

    /// <summary>Was it the port's client, or the guest, that ended it, or the daemon?</summary>
    private static async Task ThrowIfGoneAsync(ApiClient api, bool isTerminal, CancellationToken cancellation)
    {
        try
        {
            await api.GetAsync(ApiRoutes.Version, ClientJson.Default.JsonElement, cancellation);
        }
        catch (ApiException e) when (e.ExitCode == ExitCode.NoDaemon)
        {
            System.Console.Error.Write(isTerminal ? "\n" : "");
            throw ApiException.NoDaemon("the daemon ended");
        }
        catch (ApiException)
        {
            // It is there, whatever it has to say.
        }
    }

    private static void SayEnd(ParseResult parsed, PortState port, AttachEnd end, bool isTerminal)
    {
        if (parsed.GetValue(ClientCommand.Json))
        {
            System.Console.Error.WriteLine(JsonSerializer.Serialize(new AttachReport(port, end), ClientJson.Default.AttachReport));
        }
        else if (isTerminal)
        {
            System.Console.Error.WriteLine(end switch
            {
                AttachEnd.Left => "\nfastring: left",
                AttachEnd.LeftUntaken => "\nfastring: left; the last of what was typed was not taken",
                _ => "\nfastring: the other side ended the connection",
            });
        }
    }

    private static async Task<int> PrintKeptAsync(ApiClient api, PortState port, CancellationToken cancellation)
    {
        await using Stream kept = await api.OpenAsync($"{ApiRoutes.Port(port)}/output", null, cancellation);
        try
        {
            await kept.CopyToAsync(Output.Stream, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !Output.IsClosed(e))
        {
            throw api.Broken(e);
        }

        return ExitCode.Ok;
    }

    /// <summary>What a user wonders about when nothing is to be seen.</summary>
    private static void Say(ParseResult parsed, PortState port, GuestState guest, EscapeKey? escape)
    {
        if (parsed.GetValue(ClientCommand.Json))
        {
            return;
        }

        if (Terminal.IsTerminal(RawTerminal.Input))
        {
            Note($"attached to {PortText.Path(port)}{(escape is { } key ? $"; {key} leaves" : "")}");
        }

        // Of a console nobody can tell: its host's side is always open.
        if (port is { IsHostOpen: true, IsConsole: false } && PortConnection.Kind(port) == "unix")
        {
            Note("another client is connected: waiting until it leaves");
        }

        if (port.Waits is not ("nothing" or "hostOpen"))
        {
            Note(PortText.State(guest, port));
        }
    }

    private static void Note(string text) => System.Console.Error.WriteLine($"fastring: {PlainText.Of(text)}");

    private static async Task<AttachEnd> OnTerminalAsync(
        ParseResult parsed, ApiClient api, PortState port, PortConnection connection, EscapeKey? escape, CancellationToken cancellation)
    {
        bool readOnly = parsed.GetValue(ReadOnly);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var sizes = new WindowSizes(api, port);
        bool tells = port.IsConsole && !readOnly;
        if (tells)
        {
            await TellFirstAsync(sizes, cancellation);
        }

        using var terminal = new RawTerminal(keepsLines: !port.IsConsole, sizes.Changed, ended.Cancel);
        Task following = tells ? sizes.FollowAsync(ended.Token) : Task.CompletedTask;
        try
        {
            var input = new TypedInput(new StandardStream(RawTerminal.Input), isTerminal: true, escape);
            return await new Attachment(connection.Stream, Output.Stream, null).RunAsync(input, !readOnly, connection.EndInput, ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task TellFirstAsync(WindowSizes sizes, CancellationToken cancellation)
    {
        try
        {
            await sizes.TellAsync(cancellation);
        }
        catch (ApiException e)
        {
            Note($"the console does not follow the window's size: {e.Message}");
        }
    }

    private static Task<AttachEnd> OnPipeAsync(ParseResult parsed, PortConnection connection, CancellationToken cancellation)
    {
        TimeSpan? linger = parsed.GetValue(Linger) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        TypedInput? input = parsed.GetValue(ReadOnly) ? null : new TypedInput(new StandardStream(RawTerminal.Input), isTerminal: false, null);
        return new Attachment(connection.Stream, Output.Stream, linger).RunAsync(input, sends: true, connection.EndInput, cancellation);
    }

    private static double? Seconds(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and <= 86400)
        {
            return seconds;
        }

        result.AddError($"--linger {text}: expected seconds, 0 to 86400");
        return null;
    }
}
