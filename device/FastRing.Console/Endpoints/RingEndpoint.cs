using FastRing.Console.Endpoints.Hubs;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Always open, says nothing, and remembers the last bytes the guest wrote: across openings, resets and guests.</summary>
public sealed class RingEndpoint : IHostEndpoint, IScrollback
{
    /// <summary>Bytes remembered where nothing else is said.</summary>
    public const int DefaultSize = 64 * 1024;

    /// <summary>The most bytes that can be remembered.</summary>
    public const int LargestSize = 1 << 30;

    private readonly BroadcastRing _ring;

    /// <summary>Takes the memory.</summary>
    /// <param name="size">Bytes to remember, 1 to <see cref="LargestSize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    public RingEndpoint(int size = DefaultSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        _ring = new BroadcastRing(size);
    }

    /// <inheritdoc/>
    public bool IsOpen => true;

    /// <inheritdoc/>
    public bool MayHaveInput => false;

    /// <inheritdoc/>
    public Scrollback Snapshot() => _ring.Snapshot(_ring.Capacity);

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer) => observer.HostOpenChanged();

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => (nint)_ring.Append(segments, long.MaxValue);

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
}
