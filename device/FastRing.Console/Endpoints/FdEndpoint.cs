using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// A descriptor this process was started with, or one of its own: a connected socket, a pipe or a terminal. When its other side is gone, the port is closed for good. What a guest
/// sends to one that can only be read is discarded.
/// </summary>
public sealed class FdEndpoint : IHostEndpoint
{
    private const int FirstFree = 3;

    private readonly OwnedFd _fd;
    private readonly bool _reads;
    private readonly bool _writes;
    private readonly bool _lingers;
    private HostStream? _stream;
    private IEndpointObserver? _observer;

    /// <summary>Takes the descriptor over, unless this throws.</summary>
    /// <param name="number">Its number, 3 or more.</param>
    /// <exception cref="LinuxException">It is not open.</exception>
    /// <exception cref="ArgumentException">It is none of those, or was not inherited but is something of this process itself.</exception>
    public FdEndpoint(int number)
    {
        if (number < FirstFree)
        {
            throw new ArgumentException("expected 3 or more: 0 to 2 are standard input, output and error");
        }

        if (!OwnedFd.IsInheritable(number))
        {
            throw new ArgumentException("this process was not started with it");
        }

        _fd = new OwnedFd(number);
        try
        {
            (_reads, _writes, _lingers) = Prepare(_fd);
        }
        catch
        {
            _fd.Detach();
            throw;
        }
    }

    /// <summary>Takes a descriptor of this process' own over, unless this throws.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <exception cref="LinuxException">It is not open.</exception>
    /// <exception cref="ArgumentException">It is no connected socket, pipe or terminal.</exception>
    public FdEndpoint(OwnedFd fd)
    {
        ArgumentNullException.ThrowIfNull(fd);
        (_reads, _writes, _lingers) = Prepare(fd);
        _fd = fd;
    }

    /// <inheritdoc/>
    public bool IsOpen => _stream is not null;

    /// <inheritdoc/>
    public bool TakesOutput => _stream is { IsHungUp: false };

    /// <inheritdoc/>
    public bool MayHaveInput => _stream is { MayHaveInput: true };

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _observer = observer;
        _stream = new HostStream(worker, _reads ? _fd : null, _writes ? _fd : null, observer, Left, _lingers);
        observer.HostOpenChanged();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _writes ? _stream?.Write(segments) ?? 0 : NullEndpoint.TakeAll(segments);

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _stream?.Read(segments) ?? 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        if (_stream is { } stream)
        {
            _stream = null;
            stream.Dispose();
            _observer!.HostOpenChanged();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
        _fd.Dispose();
    }

    private static (bool Reads, bool Writes, bool Lingers) Prepare(OwnedFd fd)
    {
        bool isSocket = fd.IsSocket();
        if (isSocket ? UnixSocket.IsListening(fd) : !fd.IsPipe() && !fd.IsCharacterDevice())
        {
            throw new ArgumentException(isSocket ? "it listens: expected a connected socket" : "expected a connected socket, a pipe or a terminal");
        }

        (bool reads, bool writes) = fd.Access();
        fd.SetCloseOnExec();
        fd.SetNonBlocking();
        return (reads, writes, isSocket && !UnixSocket.IsUnix(fd));
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
