using System.CommandLine;
using FastRing.Console.Recording;
using FastRing.Host.Client;
using FastRing.Host.Recordings;

namespace FastRing.Host.Commands;

/// <summary><c>fastring show</c>: a recording, a line an event.</summary>
internal static class ShowCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "What fastring record wrote; - for standard input." };

    public static Command Create()
    {
        var command = new Command("show", "Show a recording of a port: when, who, what.") { File };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(File)!, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string path, CancellationToken cancellation)
    {
        using RecordingFile recording = await RecordingFile.OpenAsync(path, cancellation);
        Output.Line(RecordingText.Of(recording.Reader.Header));
        try
        {
            await foreach (RecordedEvent happened in recording.Reader.ReadAsync(cancellation))
            {
                Output.Line(RecordingText.Of(happened));
            }
        }
        catch (InvalidDataException e)
        {
            throw RecordingFile.NoRecording(path, e);
        }

        return ExitCode.Ok;
    }
}
