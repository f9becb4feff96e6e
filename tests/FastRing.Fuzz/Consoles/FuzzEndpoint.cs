using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Fuzz.Consoles;

/// <summary>A host's end whose client comes and goes as it is told; takes everything, and says nothing.</summary>
internal sealed class FuzzEndpoint : IHostEndpoint
{
    private IEndpointObserver? _observer;

    public bool IsOpen { get; private set; }

    public bool MayHaveInput => false;

    public bool IsDisposed { get; private set; }

    public void Start(Worker worker, IEndpointObserver observer) => _observer = observer;

    public void SetOpen(bool open)
    {
        if (open != IsOpen)
        {
            IsOpen = open;
            _observer?.HostOpenChanged();
        }
    }

    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        nint bytes = 0;
        foreach (IoVector segment in segments)
        {
            bytes += (nint)segment.Length;
        }

        return bytes;
    }

    public nint Read(ReadOnlySpan<IoVector> segments) => 0;

    public void GuestOpenChanged(bool open)
    {
    }

    public void Dispose() => IsDisposed = true;
}
