using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>
/// Copies between an in-place pipe and anything else. The framework's own would go on where the other side completes, and let a stream of any kind
/// work in guest memory, on any thread; this comes back to the worker, and the other side sees private memory only.
/// </summary>
internal static class WorkerCopy
{
    /// <summary>Copies until either side is complete.</summary>
    /// <exception cref="OperationCanceledException">A pending read or flush was canceled.</exception>
    public static async Task RunAsync(PipeReader from, PipeWriter to, CancellationToken cancellation)
    {
        bool isOver = false;
        while (!isOver)
        {
            ReadResult read = await Here(from.ReadAsync(cancellation));
            Move(from, read, to);
            ThrowIf(read.IsCanceled);
            FlushResult flush = await Here(to.FlushAsync(cancellation));
            ThrowIf(flush.IsCanceled);
            isOver = read.IsCompleted || flush.IsCompleted;
        }
    }

    /// <summary>The same, to a stream, which stays open.</summary>
    public static async Task RunAsync(PipeReader from, Stream to, CancellationToken cancellation)
    {
        PipeWriter writer = PipeWriter.Create(to, new StreamPipeWriterOptions(leaveOpen: true));
        try
        {
            await RunAsync(from, writer, cancellation);
            writer.Complete();
        }
        catch (Exception e)
        {
            writer.Complete(e); // Or it would try once more.
            throw;
        }
    }

    /// <summary>The same, from a stream, which stays open.</summary>
    public static async Task RunAsync(Stream from, PipeWriter to, CancellationToken cancellation)
    {
        PipeReader reader = PipeReader.Create(from, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            await RunAsync(reader, to, cancellation);
        }
        finally
        {
            reader.Complete();
        }
    }

    /// <summary>What awaits it goes on in this thread's context: a pipe may have been made to take no notice of that.</summary>
    private static ValueTask<T> Here<T>(ValueTask<T> task) => task.IsCompleted ? task : new ValueTask<T>(task.AsTask());

    private static void Move(PipeReader from, in ReadResult read, PipeWriter to)
    {
        if (read.IsCanceled)
        {
            from.AdvanceTo(read.Buffer.Start);
            return;
        }

        foreach (ReadOnlyMemory<byte> piece in read.Buffer)
        {
            to.Write(piece.Span);
        }

        from.AdvanceTo(read.Buffer.End);
    }

    private static void ThrowIf(bool isCanceled)
    {
        if (isCanceled)
        {
            throw new OperationCanceledException("a pending read or flush was canceled");
        }
    }
}
