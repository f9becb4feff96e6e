using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Appends what the guest writes to a file. Always open; a write that fails (full disk) closes it for good.</summary>
public sealed class FileEndpoint : IHostEndpoint
{
    private readonly OwnedFd _file;
    private IEndpointObserver? _observer;

    /// <summary>Opens the file, made with mode 0600 where it does not exist.</summary>
    /// <exception cref="LinuxException">It can't be opened for writing.</exception>
    /// <exception cref="ArgumentException">It is a FIFO or a socket: whoever reads it could make the device wait.</exception>
    public FileEndpoint(string path)
    {
        _file = OwnedFd.OpenFile(path, append: true);
        if (!_file.IsRegularFile() && !_file.IsCharacterDevice())
        {
            _file.Dispose();
            throw new ArgumentException("not a file");
        }
    }

    /// <inheritdoc/>
    public bool IsOpen { get; private set; } = true;

    /// <inheritdoc/>
    public bool MayHaveInput => false;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _observer = observer;
        observer.HostOpenChanged();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        nint written = _file.WriteVector(segments);
        if (written >= 0)
        {
            return written;
        }

        IsOpen = false;
        _observer!.Report(new LinuxException("write", (int)-written).Message);
        _observer.HostOpenChanged();
        return 0;
    }

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
