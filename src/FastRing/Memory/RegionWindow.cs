using System.Runtime.CompilerServices;

namespace FastRing.Memory;

/// <summary>
/// The region a queue's last buffer was in. Drivers take their buffers from few places, so one compare replaces a search.
/// A queue keeps its own: the map itself is shared between queues and must not be written on the data path.
/// </summary>
internal struct RegionWindow
{
    private ulong _guestBase;
    private ulong _sizeBytes;
    private nint _hostBase;

    /// <summary>The host address of the range, if it is not empty and lies wholly in the remembered region.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryTranslate(ulong address, uint length, out nint host)
    {
        ulong offset = address - _guestBase;
        host = _hostBase + (nint)offset;

        // An address below the base wraps to a huge offset, and so does a length of 0: one compare does for both ends of each.
        return offset < _sizeBytes && (ulong)length - 1 < _sizeBytes - offset;
    }

    public void Remember(GuestRegion region)
    {
        _guestBase = region.GuestBase.Value;
        _sizeBytes = region.SizeBytes;
        _hostBase = region.HostBase;
    }
}
