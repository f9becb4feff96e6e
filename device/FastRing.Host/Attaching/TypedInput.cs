using System.IO.Pipelines;

namespace FastRing.Host.Attaching;

/// <summary>
/// Reads standard input on a thread of its own, because that can't be stopped, and looks for the escape key. Of a terminal it reads on
/// while the guest takes nothing, so that the key always works; what is typed beyond a buffer then is lost. Other input waits.
/// </summary>
internal sealed class TypedInput
{
    private const int BufferBytes = 256 << 10;

    private readonly Stream _input;
    private readonly EscapeKey? _escape;
    private readonly bool _isTerminal;
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes / 2, useSynchronizationContext: false));
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="input">Where it comes from.</param>
    /// <param name="isTerminal">Whether somebody types it.</param>
    /// <param name="escape">The key that leaves; null: none does.</param>
    public TypedInput(Stream input, bool isTerminal, EscapeKey? escape)
    {
        _input = input;
        _isTerminal = isTerminal;
        _escape = escape;
    }

    /// <summary>What was typed.</summary>
    public PipeReader Bytes => _pipe.Reader;

    /// <summary>Completes when the escape key was pressed.</summary>
    public Task Left => _left.Task;

    public void Start() => new Thread(Read, maxStackSize: 256 << 10) { IsBackground = true, Name = "input" }.Start();

    private void Read()
    {
        byte[] buffer = new byte[64 << 10];
        Task flush = Task.CompletedTask;
        try
        {
            while (_input.Read(buffer) is > 0 and var read)
            {
                int typed = _escape is { } escape ? buffer.AsSpan(0, read).IndexOf(escape.Byte) : -1;
                flush = Pass(buffer.AsSpan(0, typed < 0 ? read : typed), flush);
                if (typed >= 0)
                {
                    _left.TrySetResult(); // Before the bytes end: their end is then not taken for the input's.
                    _pipe.Writer.Complete();
                    return;
                }
            }

            _pipe.Writer.Complete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The terminal is gone: as if the input had ended.
            _pipe.Writer.Complete();
        }
    }

    private Task Pass(ReadOnlySpan<byte> bytes, Task last)
    {
        if (!last.IsCompleted)
        {
            if (_isTerminal)
            {
                return last;
            }

            last.GetAwaiter().GetResult();
        }

        bytes.CopyTo(_pipe.Writer.GetSpan(bytes.Length));
        _pipe.Writer.Advance(bytes.Length);
        return _pipe.Writer.FlushAsync().AsTask();
    }
}
