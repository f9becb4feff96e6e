using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>Two of the framework's pipes: what the others are measured by.</summary>
internal sealed class FrameworkPipe : PipeSubject
{
    private readonly Pipe _toHost = NewPipe();
    private readonly Pipe _toGuest = NewPipe();
    private Task<FlushResult>? _flush;

    public override PipeReader Input => _toHost.Reader;

    public override PipeWriter Output => _toGuest.Writer;

    public override int SendNow(ReadOnlySpan<byte> bytes)
    {
        if (_flush is { IsCompleted: false })
        {
            return 0;
        }

        int length = Math.Min(bytes.Length, 1000);
        _toHost.Writer.Write(bytes[..length]);
        _flush = _toHost.Writer.FlushAsync().AsTask();
        return length;
    }

    public override int ReceiveNow(Span<byte> bytes)
    {
        if (!_toGuest.Reader.TryRead(out ReadResult result))
        {
            return 0;
        }

        int length = (int)Math.Min(bytes.Length, result.Buffer.Length);
        ReadOnlySequence<byte> part = result.Buffer.Slice(0, length);
        part.CopyTo(bytes);
        _toGuest.Reader.AdvanceTo(part.End);
        return length;
    }

    public override Task EndAsync()
    {
        _toHost.Writer.Complete();
        _toGuest.Reader.Complete();
        return Task.CompletedTask;
    }

    public override Task SettleAsync() => Task.CompletedTask;

    public override void Dispose()
    {
    }

    protected override Task StartAsync(Func<Task> test) => test();

    private static Pipe NewPipe() => new(new PipeOptions(pauseWriterThreshold: Limit, resumeWriterThreshold: Limit / 2, useSynchronizationContext: false));
}
