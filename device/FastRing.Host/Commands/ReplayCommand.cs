using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Recordings;
using FastRing.Interop;
using FastRing.VhostUser.Frontend;

namespace FastRing.Host.Commands;

/// <summary><c>fastring replay</c>: the guest's part of a recording, done again.</summary>
internal static class ReplayCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "What fastring record wrote; - for standard input." };
    private static readonly Option<string> Socket = new("--socket-path") { Description = "The vhost-user socket of the device under test.", HelpName = "PATH", Required = true };
    private static readonly Option<string?> Port = new("--port") { Description = "The port's name there. Default: as recorded.", HelpName = "NAME" };
    private static readonly Option<bool> Paced = new("--paced") { Description = "As slowly as it was recorded; without: as fast as it goes." };
    private static readonly Option<double> Patience = new("--patience") { Description = "Seconds to wait for what comes next.", HelpName = "S", DefaultValueFactory = _ => 10 };

    public static Command Create()
    {
        var command = new Command("replay", "Do again to a device what a recording says its guest did, and compare what the device does: 1 when that is something else.") { File, Socket, Port, Paced, Patience, ClientCommand.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        double patience = parsed.GetValue(Patience);
        if (patience is not (> 0 and < 1e6))
        {
            throw new UsageException("--patience: expected a number of seconds above 0");
        }

        string path = parsed.GetValue(File)!;
        using RecordingFile recording = await RecordingFile.OpenAsync(path, cancellation);
        ReplayReport report = await RunAsync(parsed, path, recording, TimeSpan.FromSeconds(patience), cancellation);
        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(report, ClientJson.Default.ReplayReport);
        }
        else
        {
            Output.Line($"{report.Events} events, {report.BytesSent} bytes to the host, {report.BytesReceived} to the guest: {(report.Differences.Count == 0 ? "as recorded" : "otherwise than recorded")}");
            report.Differences.ToList().ForEach(d => Output.Line(PlainText.Of(d)));
        }

        return report.Differences.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<ReplayReport> RunAsync(ParseResult parsed, string path, RecordingFile recording, TimeSpan patience, CancellationToken cancellation)
    {
        string socket = parsed.GetValue(Socket)!;
        try
        {
            using var replay = new Replay(socket, patience);
            return await replay.RunAsync(recording.Reader, parsed.GetValue(Port) ?? recording.Reader.Header.Port, parsed.GetValue(Paced), cancellation);
        }
        catch (InvalidDataException e)
        {
            throw RecordingFile.NoRecording(path, e);
        }
        catch (Exception e) when (e is LinuxException or VhostUserException or TimeoutException or ArgumentException)
        {
            throw new IOException($"{PlainText.Of(socket)}: {PlainText.Of(e.Message)}");
        }
    }
}
