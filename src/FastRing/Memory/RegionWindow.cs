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

    /// <summary>The host address of the range, of fewer than 2^32 bytes, if it is not empty and lies wholly in the remembered region.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryTranslate(ulong address, ulong length, out nint host)
    {
        ulong offset = address - _guestBase;
        ulong end = offset + length;
        host = _hostBase + (nint)offset;

        // An address below the base becomes a huge offset, and the end of an empty or wrapped range is not behind its start: two compares do for all.
        return offset < end && end <= _sizeBytes;
    }

    public void Remember(GuestRegion region)
    {
        _guestBase = region.GuestBase.Value;
        _sizeBytes = region.SizeBytes;
        _hostBase = region.HostBase;
    }
}
