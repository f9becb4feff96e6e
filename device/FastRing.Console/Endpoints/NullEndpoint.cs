using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Always open, takes everything, says nothing.</summary>
public sealed class NullEndpoint : IHostEndpoint
{
    /// <inheritdoc/>
    public bool IsOpen => true;

    /// <inheritdoc/>
    public bool MayHaveInput => false;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer) => observer.HostOpenChanged();

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => TakeAll(segments);

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Takes bytes that nobody gets.</summary>
    internal static nint TakeAll(ReadOnlySpan<IoVector> segments)
    {
        nint bytes = 0;
        foreach (IoVector segment in segments)
        {
            bytes += (nint)segment.Length;
        }

        return bytes;
    }
}
