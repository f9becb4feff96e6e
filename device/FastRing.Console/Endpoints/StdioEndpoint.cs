using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Standard input and output of this process. At the end of the input the port stays open for output.</summary>
public sealed class StdioEndpoint : IHostEndpoint
{
    private readonly OwnedFd _input;
    private readonly OwnedFd _output;
    private HostStream? _stream;
    private IEndpointObserver? _observer;

    /// <summary>Duplicates descriptors 0 and 1 and makes them non-blocking, until <see cref="Dispose"/>.</summary>
    public StdioEndpoint()
    {
        _input = OwnedFd.DuplicateOf(0);
        _output = OwnedFd.DuplicateOf(1);
        _input.SetNonBlocking();
        _output.SetNonBlocking();
    }

    /// <inheritdoc/>
    public bool IsOpen => _stream is not null;

    /// <inheritdoc/>
    public bool MayHaveInput => _stream is { MayHaveInput: true };

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _observer = observer;
        _stream = new HostStream(worker, _input, _output, observer, Left);
        observer.HostOpenChanged();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _stream?.Write(segments) ?? 0;

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _stream?.Read(segments) ?? 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_input.IsClosed)
        {
            // The descriptors share their flags with whoever started this process.
            _input.SetNonBlocking(false);
            _output.SetNonBlocking(false);
        }

        _stream?.Dispose();
        _stream = null;
    }

    private void Left(IHostConnection stream)
    {
        if (stream.HasEnded)
        {
            _stream = null;
            _observer!.HostOpenChanged();
        }
    }
}
