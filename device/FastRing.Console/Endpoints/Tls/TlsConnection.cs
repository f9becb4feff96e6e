using System.IO.Pipelines;
using System.Net.Security;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Ports;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Tls;

/// <summary>
/// A client over TLS. Encryption is other threads' work: between them and the worker stands a pipe of bounded size each way, the same as a
/// <see cref="PipeEndpoint"/>, which it is.
/// </summary>
internal sealed class TlsConnection : IHostConnection, IEndpointObserver
{
    private const int PieceBytes = 16 * 1024; // A TLS record
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(2);

    private readonly PipeEndpoint _pipe = new();
    private readonly SslStream _stream;
    private readonly IEndpointObserver _observer;
    private readonly Action<IHostConnection> _left;
    private readonly CancellationTokenSource _sends = new();
    private readonly CancellationTokenSource _receives = new();
    private bool _isDisposed;
    private volatile bool _isLingering;

    /// <summary>Takes the stream over, after its handshake.</summary>
    /// <param name="worker">Whose loop the port lives in.</param>
    /// <param name="stream">The connection.</param>
    /// <param name="observer">The port.</param>
    /// <param name="left">Called when the other side is gone, and once more when it <see cref="HasEnded"/>.</param>
    public TlsConnection(Worker worker, SslStream stream, IEndpointObserver observer, Action<IHostConnection> left)
    {
        _stream = stream;
        _observer = observer;
        _left = left;
        _pipe.Start(worker, this);
        _ = Task.Run(RunAsync);
    }

    public bool MayHaveInput => _pipe.MayHaveInput;

    public bool IsHungUp => !_pipe.TakesOutput;

    public bool IsLingering => false; // It takes leave by itself.

    public bool HasEnded => !_pipe.IsOpen;

    bool IEndpointObserver.IsConsole => _observer.IsConsole;

    bool IEndpointObserver.IsGuestOpen => _observer.IsGuestOpen;

    PortSession IEndpointObserver.Session => _observer.Session;

    IGuestBuffers IEndpointObserver.Buffers => _observer.Buffers;

    public nint Write(ReadOnlySpan<IoVector> segments) => _pipe.Write(segments);

    public nint Read(ReadOnlySpan<IoVector> segments) => _pipe.Read(segments);

    /// <summary>Not for long does it go on sending what the guest has sent already.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _pipe.Dispose();
            _receives.Cancel();
            _sends.CancelAfter(FlushTime);
        }
    }

    void IEndpointObserver.HostOpenChanged() => Leave();

    void IEndpointObserver.InputPossible() => _observer.InputPossible();

    void IEndpointObserver.OutputPossible()
    {
        _observer.OutputPossible();
        Leave();
    }

    void IEndpointObserver.ClientAccepted(string who) => _observer.ClientAccepted(who);

    void IEndpointObserver.ClientRefused(string who, string why) => _observer.ClientRefused(who, why);

    void IEndpointObserver.Report(string problem) => _observer.Report(problem);

    private void Leave()
    {
        if (IsHungUp && !_isDisposed)
        {
            bool hasEnded = HasEnded;
            if (hasEnded)
            {
                Dispose();
            }

            _left(this);
        }
    }

    private async Task RunAsync()
    {
        await Task.WhenAll(ReceiveAsync(), SendAsync()).ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        bool isGone = true;
        try
        {
            bool takesMore = true;
            while (takesMore && await _stream.ReadAsync(_pipe.Output.GetMemory(PieceBytes), _receives.Token).ConfigureAwait(false) is int count and > 0)
            {
                _pipe.Output.Advance(count);
                takesMore = !(await _pipe.Output.FlushAsync(_receives.Token).ConfigureAwait(false)).IsCompleted;
            }

            isGone = false;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side went without a word, or we did.
        }

        await _pipe.Output.CompleteAsync().ConfigureAwait(false);

        // Whoever only ended its sending still gets answers, for a while: the same as over plain TCP.
        _isLingering = !isGone;
        _sends.CancelAfter(isGone && !_receives.IsCancellationRequested ? TimeSpan.Zero : isGone ? FlushTime : HostStream.LingerTime);
    }

    private async Task SendAsync()
    {
        try
        {
            bool isOver = false;
            while (!isOver)
            {
                ReadResult read = await _pipe.Input.ReadAsync(_sends.Token).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                {
                    await _stream.WriteAsync(piece, _sends.Token).ConfigureAwait(false);
                }

                _pipe.Input.AdvanceTo(read.Buffer.End);
                isOver = read.IsCompleted;
                if (_isLingering)
                {
                    _sends.CancelAfter(HostStream.LingerTime);
                }
            }

            await _stream.ShutdownAsync().WaitAsync(_sends.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // As above.
        }

        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
    }
}
