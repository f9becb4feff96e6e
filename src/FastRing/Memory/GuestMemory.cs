using FastRing.Interop;

namespace FastRing.Memory;

/// <summary>
/// An immutable map of a guest's memory. A change of the memory table makes a new map that shares the regions that stay.
/// Reference counted: whoever keeps pointers resolved through a map (a started queue) holds it with <see cref="Hold"/> until
/// it dropped them, so that no mapping goes away under a pointer.
/// </summary>
public sealed class GuestMemory : IDisposable
{
    private readonly GuestRegion[] _regions;
    private int _holders = 1;

    /// <summary>Makes a map of <paramref name="regions"/>; the caller holds it until <see cref="Dispose"/>.</summary>
    /// <exception cref="ArgumentException">Two regions overlap, as guest or as frontend addresses. No region is released.</exception>
    /// <exception cref="ObjectDisposedException">A region was unmapped already.</exception>
    public GuestMemory(params ReadOnlySpan<GuestRegion> regions)
    {
        _regions = regions.ToArray();
        Array.Sort(_regions, static (a, b) => a.GuestBase.Value.CompareTo(b.GuestBase.Value));
        ThrowIfOverlapping();
        foreach (GuestRegion region in _regions)
        {
            region.AddOwner();
        }
    }

    /// <summary>The regions, by rising guest address.</summary>
    public ReadOnlySpan<GuestRegion> Regions => _regions;

    /// <summary>One of the regions is lost: its file has shrunk. Any thread.</summary>
    public bool IsLost
    {
        get
        {
            foreach (GuestRegion region in _regions)
            {
                if (region.IsLost)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Keeps every mapping of this map alive until the matching <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The last hold has ended.</exception>
    public GuestMemory Hold()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _holders) <= 0, this);
        Interlocked.Increment(ref _holders);
        return this;
    }

    /// <summary>Ends one hold; the last one unmaps the regions that no other map shares.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) != 0)
        {
            return;
        }

        foreach (GuestRegion region in _regions)
        {
            region.RemoveOwner();
        }
    }

    /// <summary>
    /// Stops counting the guest's pages as this process' resident memory until they are touched again. For when nothing happens:
    /// a device touches every page its drivers use as buffers, and would otherwise look as large as all of them.
    /// </summary>
    public void ReleaseResident()
    {
        foreach (GuestRegion region in _regions)
        {
            region.ReleaseResident();
        }
    }

    /// <summary>Where <paramref name="length"/> bytes at <paramref name="address"/> lie in this process, if all of them lie in one region.</summary>
    public bool TryTranslate(GuestAddress address, ulong length, out nint host)
    {
        GuestRegion? region = Find(address);
        ulong offset = region is null ? 0 : address.Value - region.GuestBase.Value;
        bool inside = region is not null && length <= region.SizeBytes - offset;
        host = inside ? region!.HostBase + (nint)offset : 0;
        return inside;
    }

    /// <summary>The guest address of a frontend address, if <paramref name="length"/> bytes from it lie in one region.</summary>
    public bool TryToGuest(FrontendAddress address, ulong length, out GuestAddress guest)
    {
        foreach (GuestRegion region in _regions)
        {
            ulong offset = address.Value - region.FrontendBase.Value;
            if (address.Value >= region.FrontendBase.Value && offset < region.SizeBytes && length <= region.SizeBytes - offset)
            {
                guest = new GuestAddress(region.GuestBase.Value + offset);
                return true;
            }
        }

        guest = default;
        return false;
    }

    /// <summary>Where <paramref name="length"/> bytes at a frontend address lie in this process, if all of them lie in one region.</summary>
    public bool TryTranslate(FrontendAddress address, ulong length, out nint host)
    {
        host = 0;
        return TryToGuest(address, length, out GuestAddress guest) && TryTranslate(guest, length, out host);
    }

    /// <summary>The guest address of what lies at an address in this process.</summary>
    public bool TryToGuest(nint host, out GuestAddress guest)
    {
        foreach (GuestRegion region in _regions)
        {
            ulong offset = (ulong)(host - region.HostBase);
            if (host >= region.HostBase && offset < region.SizeBytes)
            {
                guest = new GuestAddress(region.GuestBase.Value + offset);
                return true;
            }
        }

        guest = default;
        return false;
    }

    /// <summary>
    /// The first piece of the range: as much of it as lies in one region. A range over adjacent regions takes several calls,
    /// because regions that touch in guest addresses need not touch in this process.
    /// </summary>
    /// <returns>An empty vector when <paramref name="address"/> is in no region.</returns>
    public IoVector FirstPiece(GuestAddress address, ulong length)
    {
        GuestRegion? region = Find(address);
        if (region is null)
        {
            return default;
        }

        ulong offset = address.Value - region.GuestBase.Value;
        return new IoVector(region.HostBase + (nint)offset, (nuint)Math.Min(length, region.SizeBytes - offset));
    }

    /// <summary>A vector over guest memory that the caller may use while it holds this map.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in one region.</exception>
    public IoVector Window(GuestAddress address, ulong length) =>
        TryTranslate(address, length, out nint host)
            ? new IoVector(host, (nuint)length)
            : throw new ArgumentOutOfRangeException(nameof(address), $"0x{length:x} bytes at {address} are not in one region");

    internal GuestRegion? Find(GuestAddress address)
    {
        int low = 0;
        int high = _regions.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            GuestRegion region = _regions[middle];
            if (address.Value < region.GuestBase.Value)
            {
                high = middle - 1;
            }
            else if (address.Value - region.GuestBase.Value < region.SizeBytes)
            {
                return region;
            }
            else
            {
                low = middle + 1;
            }
        }

        return null;
    }

    private void ThrowIfOverlapping()
    {
        // Sorted by guest address already, so only neighbours can overlap.
        for (int i = 1; i < _regions.Length; i++)
        {
            ThrowIf(_regions[i - 1].OverlapsGuest(_regions[i]), _regions[i - 1], _regions[i]);
        }

        GuestRegion[] byFrontend = [.. _regions];
        Array.Sort(byFrontend, static (a, b) => a.FrontendBase.Value.CompareTo(b.FrontendBase.Value));
        for (int i = 1; i < byFrontend.Length; i++)
        {
            ThrowIf(byFrontend[i - 1].OverlapsFrontend(byFrontend[i]), byFrontend[i - 1], byFrontend[i]);
        }
    }

    private static void ThrowIf(bool overlap, GuestRegion one, GuestRegion other)
    {
        if (overlap)
        {
            throw new ArgumentException($"memory regions at {one.GuestBase} and {other.GuestBase} overlap");
        }
    }
}
