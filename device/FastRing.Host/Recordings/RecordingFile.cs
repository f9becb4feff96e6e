using FastRing.Console.Recording;
using FastRing.Host.Client;

namespace FastRing.Host.Recordings;

/// <summary>A recording somebody names on a command line.</summary>
internal sealed class RecordingFile : IDisposable
{
    private readonly Stream _stream;

    private RecordingFile(Stream stream, RecordingReader reader) => (_stream, Reader) = (stream, reader);

    public RecordingReader Reader { get; }

    /// <param name="path">The file; - for standard input.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It can't be read, or is no recording.</exception>
    public static async Task<RecordingFile> OpenAsync(string path, CancellationToken cancellation)
    {
        Stream stream = Open(path);
        try
        {
            return new RecordingFile(stream, await RecordingReader.OpenAsync(stream, cancellation));
        }
        catch (InvalidDataException e)
        {
            stream.Dispose();
            throw NoRecording(path, e);
        }
    }

    /// <summary>What a mistake in the middle of it is to the user.</summary>
    public static IOException NoRecording(string path, InvalidDataException e) => new($"{PlainText.Of(path)}: no recording: {PlainText.Of(e.Message)}");

    public void Dispose() => _stream.Dispose();

    private static Stream Open(string path)
    {
        try
        {
            return path == "-" ? System.Console.OpenStandardInput() : File.OpenRead(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message);
        }
    }
}
