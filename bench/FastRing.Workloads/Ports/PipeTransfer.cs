using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Workloads.Ports;

/// <summary>The framework's pipe between two threads, each on a processor of its own: what a program has without a ring.</summary>
internal sealed class PipeTransfer : ITransfer
{
    private readonly byte[] _source;
    private readonly Pipe _pipe;
    private readonly PinnedThread _reader;

    /// <param name="source">What the caller's thread writes at once, again and again.</param>
    /// <param name="bytesUnderWay">Where the writer pauses.</param>
    /// <param name="pool">Where its segments, each as long as a write, come from; null: all as the framework has it, segments of 4 KiB from the shared pool.</param>
    public PipeTransfer(byte[] source, int bytesUnderWay, MemoryPool<byte>? pool = null)
    {
        _source = source;

        // Each side wakes the other itself: by way of the thread pool it would take longer.
        _pipe = new Pipe(new PipeOptions(
            pool,
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: bytesUnderWay,
            resumeWriterThreshold: bytesUnderWay / 2,
            minimumSegmentSize: pool is null ? -1 : source.Length,
            useSynchronizationContext: false));
        _reader = new PinnedThread(Processors.Device, () => writes => Read((long)writes * source.Length));
    }

    public void Run(int writes)
    {
        _reader.Begin(writes);
        for (int i = 0; i < writes; i++)
        {
            Wait(_pipe.Writer.WriteAsync(_source));
        }

        _reader.End();
    }

    public void Dispose() => _reader.Dispose();

    private static T Wait<T>(in ValueTask<T> task) => task.IsCompleted ? task.Result : task.AsTask().GetAwaiter().GetResult();

    private void Read(long bytes)
    {
        for (long left = bytes; left > 0;)
        {
            ReadResult result = Wait(_pipe.Reader.ReadAsync());
            ByteLook.At(result.Buffer);
            left -= result.Buffer.Length;
            _pipe.Reader.AdvanceTo(result.Buffer.End);
        }
    }
}
