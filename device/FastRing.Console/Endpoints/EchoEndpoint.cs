using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Always open; sends back what it takes, in order, through a buffer of fixed size. Forgets what is left when the guest opens or closes the port.</summary>
public sealed class EchoEndpoint : IHostEndpoint
{
    private const int Capacity = 64 * 1024;
    private readonly byte[] _bytes = new byte[Capacity];
    private IEndpointObserver? _observer;
    private int _start;
    private int _count;

    /// <inheritdoc/>
    public bool IsOpen => true;

    /// <inheritdoc/>
    public bool MayHaveInput => _count > 0;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _observer = observer;
        observer.HostOpenChanged();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        int taken = 0;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min(segment.Length, (nuint)(Capacity - _count));
            Put(segment.Slice(0, (nuint)length).Span);
            taken += length;
        }

        if (taken > 0)
        {
            _observer!.InputPossible();
        }

        return taken;
    }

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        int given = 0;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min(segment.Length, (nuint)_count);
            Take(segment.Slice(0, (nuint)length).Span);
            given += length;
        }

        if (given > 0)
        {
            _observer!.OutputPossible();
        }

        return given;
    }

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
        // Opening, too: what came since it was closed, or from a guest that never opened it, is not the next session's.
        _start = _count = 0;
        _observer!.OutputPossible();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        int end = (_start + _count) % Capacity;
        int first = Math.Min(bytes.Length, Capacity - end);
        bytes[..first].CopyTo(_bytes.AsSpan(end));
        bytes[first..].CopyTo(_bytes);
        _count += bytes.Length;
    }

    private void Take(Span<byte> bytes)
    {
        int first = Math.Min(bytes.Length, Capacity - _start);
        _bytes.AsSpan(_start, first).CopyTo(bytes);
        _bytes.AsSpan(0, bytes.Length - first).CopyTo(bytes[first..]);
        _start = (_start + bytes.Length) % Capacity;
        _count -= bytes.Length;
    }
}
