using System.CommandLine;
using System.Diagnostics;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using FastRing.Host.Recordings;

namespace FastRing.Host.Commands;

/// <summary><c>fastring record</c>: what passes a port, into a file.</summary>
internal static class RecordCommand
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite; // What passes a port is nobody else's.

    private static readonly Argument<string> Port = ClientCommand.PortArgument();
    private static readonly Argument<string> Path = new("FILE") { Description = "Where to; - for standard output. What is there is overwritten." };
    private static readonly Option<bool> NoPayload = new("--no-payload") { Description = "Not the bytes themselves, only how many." };
    private static readonly Option<double?> For = new("--for") { Description = "End after so many seconds.", HelpName = "S" };
    private static readonly Option<long> MaxBytes = new("--max-bytes") { Description = "End when the file has so many bytes.", HelpName = "N", DefaultValueFactory = _ => 256L << 20 };

    public static Command Create() => ClientCommand.Of(
        new Command("record", "Write down what passes a port, data and control messages, until interrupted. fastring show reads it, fastring replay does it again.") { Port, Path, NoPayload, For, MaxBytes },
        RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        double? seconds = parsed.GetValue(For);
        long most = parsed.GetValue(MaxBytes);
        if (seconds is <= 0 or > 1e6 || most < 1)
        {
            throw new UsageException(most < 1 ? "--max-bytes: expected 1 or more" : "--for: expected a number of seconds above 0");
        }

        string file = parsed.GetValue(Path)!;
        PortState port = await PortFinder.FindAsync(api, parsed.GetValue(Port)!, cancellation);
        await using Stream lines = await api.StartAsync(ApiRoutes.Recording(port, !parsed.GetValue(NoPayload)), cancellation);
        await using Stream destination = file == "-" ? Output.Stream : Create(file);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(seconds is { } s ? TimeSpan.FromSeconds(s) : Timeout.InfiniteTimeSpan);
        Recorded recorded = await new RecordedLines(lines).CopyAsync(destination, most, end.Token);
        Say(parsed, file, recorded);
        return ExitCode.Ok;
    }

    private static FileStream Create(string file)
    {
        Debug.Assert(OperatingSystem.IsLinux(), "files with modes");
        try
        {
            var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 0 });
            if (stream.CanSeek)
            {
                File.SetUnixFileMode(stream.SafeFileHandle, OwnerOnly); // One that was there may be anybody's to read; another's can't be changed, and is not written to.
                stream.SetLength(0);
            }

            return stream;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message);
        }
    }

    private static void Say(ParseResult parsed, string file, Recorded recorded)
    {
        if (file == "-")
        {
            return;
        }

        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(recorded, ClientJson.Default.Recorded);
        }
        else
        {
            Output.Line($"{PlainText.Of(file)}: {recorded.Events} events, {recorded.Bytes} bytes; {recorded.Ended}");
        }
    }
}
