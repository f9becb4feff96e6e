using System.IO.Pipelines;

namespace FastRing.Agent.Channel;

/// <summary>A stream, such as a connected socket's, as a pipe.</summary>
internal sealed class StreamPipe(Stream stream) : IDuplexPipe
{
    private const int BufferBytes = 64 << 10;

    public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));

    public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
}
