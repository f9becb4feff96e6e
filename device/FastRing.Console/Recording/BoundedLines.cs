using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Console.Recording;

/// <summary>The lines of a stream, none longer than a limit: what is behind the last line's end is none.</summary>
internal sealed class BoundedLines(Stream source, int longest)
{
    private readonly PipeReader _reader = PipeReader.Create(source, new StreamPipeReaderOptions(leaveOpen: true));

    /// <summary>Number of the line read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end; null: there is none.</summary>
    /// <exception cref="InvalidDataException">It is longer than the limit.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult read = await _reader.ReadAsync(cancellation).ConfigureAwait(false);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                byte[] line = read.Buffer.Slice(0, end).ToArray();
                _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                Number++;
                return line;
            }

            if (read.Buffer.Length > longest)
            {
                throw new InvalidDataException($"line {Number + 1}: longer than {longest} bytes");
            }

            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }
}
