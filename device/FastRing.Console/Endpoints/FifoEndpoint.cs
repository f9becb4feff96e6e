using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// FIFOs: what the guest sends goes to PATH.out, what it gets comes from PATH.in, as with QEMU's pipes; a single one, PATH, gets what the guest sends. They must be there.
/// Open while a program has the other end of one of them open, which is looked for ten times a second as nothing tells.
/// </summary>
public sealed class FifoEndpoint : IHostEndpoint
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly FifoWriter _output;
    private readonly FifoReader? _input;
    private WorkerTimer? _timer;

    /// <summary>Finds the FIFOs.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="LinuxException">They can't be opened.</exception>
    public FifoEndpoint(string path)
    {
        bool isPair = FileNames.IsFifo(path + ".in") && FileNames.IsFifo(path + ".out");
        if (!isPair && !FileNames.IsFifo(path))
        {
            throw new ArgumentException($"there is no FIFO: make {path}, or {path}.in and {path}.out, with mkfifo");
        }

        Address = path;
        _output = new FifoWriter(isPair ? path + ".out" : path);
        _input = isPair ? new FifoReader(path + ".in") : null;
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public bool IsOpen => _output.IsOpen || _input is { IsOpen: true };

    /// <inheritdoc/>
    public bool MayHaveInput => _input is { MayHaveInput: true };

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _timer = new WorkerTimer(worker, Look);
        _output.Start(worker, observer, PartLeft);
        _input?.Start(worker, observer, PartLeft);
        Look();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _output.Write(segments);

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _input?.Read(segments) ?? 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        _output.Disconnect();
        _input?.Disconnect();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Clear();
        _output.Dispose();
        _input?.Dispose();
    }

    private void PartLeft() => _timer!.Start(LookAgain);

    private void Look()
    {
        _output.Look();
        _input?.Look();
        if (!_output.IsOpen || _input is { IsOpen: false })
        {
            _timer!.Start(LookAgain);
        }
    }
}
