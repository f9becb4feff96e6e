using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Workers;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Fairness;

/// <summary>Takes everything and looks at each byte, which takes time; says nothing.</summary>
internal sealed class LookingEndpoint : IHostEndpoint
{
    public bool IsOpen => true;

    public bool MayHaveInput => false;

    public void Start(Worker worker, IEndpointObserver observer) => observer.HostOpenChanged();

    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        nint bytes = 0;
        foreach (IoVector segment in segments)
        {
            ByteLook.At(segment.Span);
            bytes += (nint)segment.Length;
        }

        return bytes;
    }

    public nint Read(ReadOnlySpan<IoVector> segments) => 0;

    public void GuestOpenChanged(bool open)
    {
    }

    public void Dispose()
    {
    }
}
