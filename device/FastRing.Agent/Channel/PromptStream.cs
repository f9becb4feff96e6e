using System.Diagnostics;
using System.Net.Sockets;

namespace FastRing.Agent.Channel;

/// <summary>
/// A connected socket as a stream for questions and answers: after a prompt answer the next is waited for on the reader's own thread, asleep in the kernel for some
/// milliseconds at most. To be woken by way of the thread that watches all sockets takes about as long as an agent takes to answer.
/// </summary>
/// <remarks>The first wait that is longer makes the socket non-blocking, for good (.NET): from then on a prompt wait is a poll(2) first.</remarks>
internal sealed class PromptStream : Stream
{
    // Longer than an agent takes that has nothing else to do, in a guest too. Only who was prompt is waited for like this.
    private static readonly TimeSpan PromptTime = TimeSpan.FromMilliseconds(5);

    // A unix socket takes so much whole or not at all: a time-out has sent nothing.
    private const int PieceBytes = 4096;

    private readonly Socket _socket;
    private bool _isPrompt = true;
    private bool _isNonBlocking;

    /// <param name="socket">Connected; it stays its owner's.</param>
    /// <param name="isBlocking">It is a unix socket of which nothing was awaited yet, its connection included.</param>
    public PromptStream(Socket socket, bool isBlocking)
    {
        _socket = socket;
        _isNonBlocking = !isBlocking;
        if (isBlocking)
        {
            socket.ReceiveTimeout = socket.SendTimeout = (int)PromptTime.TotalMilliseconds;
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isPrompt && !_isNonBlocking)
        {
            int read = _socket.Receive(buffer.Span, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
            {
                return new ValueTask<int>(read);
            }

            if (!IsTimeOut(error))
            {
                return ValueTask.FromException<int>(new SocketException((int)error));
            }
        }

        return WaitAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isNonBlocking && buffer.Length <= PieceBytes)
        {
            _socket.Send(buffer.Span, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
            {
                return ValueTask.CompletedTask;
            }

            if (!IsTimeOut(error))
            {
                return ValueTask.FromException(new SocketException((int)error));
            }
        }

        return WriteSlowlyAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private static bool IsTimeOut(SocketError error) => error is SocketError.TimedOut or SocketError.WouldBlock;

    private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        if (_isPrompt && _isNonBlocking)
        {
            _socket.Poll(PromptTime, SelectMode.SelectRead);
        }

        _isNonBlocking = true;
        int read = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        _isPrompt = Stopwatch.GetElapsedTime(start) < PromptTime;
        return read;
    }

    private async ValueTask WriteSlowlyAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _isNonBlocking = true;
        while (!buffer.IsEmpty)
        {
            buffer = buffer[await _socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
    }
}
