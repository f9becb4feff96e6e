namespace FastRing.Host.Attaching;

/// <summary>Copies between a port and whoever is attached to it, until one of them ends.</summary>
internal sealed class Attachment
{
    private const int BufferBytes = 256 << 10;

    private readonly Stream _port;
    private readonly Stream _output;
    private readonly TimeSpan? _linger;
    private long _heard = Environment.TickCount64;

    /// <param name="port">The host's end of the port.</param>
    /// <param name="output">What the guest says goes here.</param>
    /// <param name="linger">After our input ended: leave when nothing came for so long; null: wait until the other side ends.</param>
    public Attachment(Stream port, Stream output, TimeSpan? linger)
    {
        _port = port;
        _output = output;
        _linger = linger;
    }

    /// <summary>How long who leaves waits at the most for the other side to take what was typed before.</summary>
    public TimeSpan Leaving { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Copies until the end. Nothing of the input is sent when <paramref name="input"/> is null.</summary>
    /// <param name="input">What is typed; null: nothing ever is.</param>
    /// <param name="sends">Whether it goes to the guest; the escape key works either way.</param>
    /// <param name="endInput">Tells the other side that nothing more is coming.</param>
    /// <param name="cancellation">A signal.</param>
    public async Task<AttachEnd> RunAsync(TypedInput? input, bool sends, Action endInput, CancellationToken cancellation)
    {
        Task fromPort = CopyFromPortAsync(cancellation);
        if (input is null)
        {
            await fromPort;
            return AttachEnd.PortEnded;
        }

        Task toPort = CopyToPortAsync(input, sends, endInput, cancellation);
        input.Start();
        await Task.WhenAny(fromPort, input.Left, toPort).WaitAsync(cancellation);
        if (!input.Left.IsCompleted && !fromPort.IsCompleted)
        {
            await toPort; // A failure of ours; where the other side is gone, reading tells.
            await Task.WhenAny(fromPort, QuietAsync(cancellation)).WaitAsync(cancellation);
        }

        if (fromPort.IsCompleted)
        {
            await fromPort;
        }
        else if (input.Left.IsCompleted)
        {
            await Task.WhenAny(toPort, fromPort, Task.Delay(Leaving, cancellation));
        }

        return !input.Left.IsCompleted ? AttachEnd.PortEnded : toPort.IsCompleted ? AttachEnd.Left : AttachEnd.LeftUntaken;
    }

    private async Task CopyFromPortAsync(CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferBytes];
        while (await ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            _heard = Environment.TickCount64;
            await _output.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }

    /// <returns>0 at the end: of a socket, one that was reset, or a terminal whose other end is closed (EIO).</returns>
    private async ValueTask<int> ReadAsync(byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await _port.ReadAsync(buffer, cancellation);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private async Task CopyToPortAsync(TypedInput input, bool sends, Action endInput, CancellationToken cancellation)
    {
        try
        {
            await input.Bytes.CopyToAsync(sends ? _port : Stream.Null, cancellation);
            if (!input.Left.IsCompleted)
            {
                endInput();
            }
        }
        catch (IOException)
        {
            // Nobody is there any more: reading tells.
        }
    }

    private async Task QuietAsync(CancellationToken cancellation)
    {
        if (_linger is not { } linger)
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return;
        }

        long ended = Environment.TickCount64;
        for (TimeSpan left = linger; left > TimeSpan.Zero; left = linger - TimeSpan.FromMilliseconds(Environment.TickCount64 - Math.Max(ended, Interlocked.Read(ref _heard))))
        {
            await Task.Delay(left, cancellation);
        }
    }
}
