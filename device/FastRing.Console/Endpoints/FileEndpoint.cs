using FastRing.Console.Endpoints.Files;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Appends what the guest writes to a file. Always open; a write that fails (full disk) closes it for good.</summary>
public sealed class FileEndpoint : IHostEndpoint
{
    private readonly RotatingFile _file;
    private readonly LineStamps? _stamps;
    private IEndpointObserver? _observer;

    /// <summary>Opens the file, made with mode 0600 where it does not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limit, rotation and timestamps; null: none of them.</param>
    /// <exception cref="LinuxException">It can't be opened for writing.</exception>
    /// <exception cref="ArgumentException">It is a FIFO or a socket: whoever reads it could make the device wait. Or it has a limit and is no regular file.</exception>
    public FileEndpoint(string path, FileEndpointOptions? options = null)
    {
        options ??= new FileEndpointOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Keep, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBytes ?? 1, 1);
        Address = path;
        _file = new RotatingFile(path, options.MaxBytes, options.Keep);
        _stamps = options.Timestamps ? new LineStamps(_file, options.Time) : null;
    }

    /// <inheritdoc/>
    public string Address { get; }

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
        nint written = _stamps?.Write(segments) ?? _file.Write(segments);
        if (written >= 0)
        {
            return written;
        }

        if (written == -Errno.EFAULT)
        {
            return 0; // The guest's memory is gone; nothing is wrong at this end.
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
