using FastRing.Interop;

namespace FastRing.Memory;

/// <summary>One stretch of guest memory, mapped into this process. Owned by the <see cref="GuestMemory"/> objects it is part of.</summary>
public sealed class GuestRegion : IDisposable
{
    private readonly MappedRegion _mapping;
    private int _owners;

    private GuestRegion(GuestAddress guestBase, FrontendAddress frontendBase, MappedRegion mapping)
    {
        GuestBase = guestBase;
        FrontendBase = frontendBase;
        _mapping = mapping;
        SizeBytes = mapping.SizeBytes;
        HostBase = mapping.Address;
    }

    /// <summary>First guest physical address of the region.</summary>
    public GuestAddress GuestBase { get; }

    /// <summary>The same byte's address in the frontend's process.</summary>
    public FrontendAddress FrontendBase { get; }

    /// <summary>Length in bytes; may be far above 2 GiB.</summary>
    public ulong SizeBytes { get; }

    /// <summary>The same byte's address in this process.</summary>
    internal nint HostBase { get; }

    /// <summary>Maps <paramref name="sizeBytes"/> bytes of <paramref name="file"/> as guest memory.</summary>
    /// <param name="file">A memfd or file; the region keeps no reference to it.</param>
    /// <param name="fileOffset">Offset of the region's first byte in the file, in bytes, page aligned.</param>
    /// <param name="sizeBytes">Length of the region in bytes, above 0.</param>
    /// <param name="guestBase">First guest physical address.</param>
    /// <param name="frontendBase">First address in the frontend's process.</param>
    /// <param name="prefault">Has every page there when this returns: see <see cref="MappedRegion.Map"/>.</param>
    /// <exception cref="ArgumentException">A range wraps around the end of its address space, or the file is shorter than the region.</exception>
    /// <exception cref="LinuxException">The file can't be mapped.</exception>
    public static GuestRegion Map(
        OwnedFd file, ulong fileOffset, ulong sizeBytes, GuestAddress guestBase, FrontendAddress frontendBase, bool prefault = false)
    {
        if (sizeBytes == 0 || sizeBytes - 1 > ulong.MaxValue - guestBase.Value || sizeBytes - 1 > ulong.MaxValue - frontendBase.Value)
        {
            throw new ArgumentException($"region of 0x{sizeBytes:x} bytes at {guestBase} / {frontendBase} is empty or wraps around");
        }

        return new GuestRegion(guestBase, frontendBase, MappedRegion.Map(file, fileOffset, sizeBytes, prefault));
    }

    /// <summary>Unmaps a region that never became part of a map. Does nothing to one that did: its last map unmaps it.</summary>
    public void Dispose()
    {
        if (Volatile.Read(ref _owners) == 0)
        {
            _mapping.Dispose();
        }
    }

    /// <summary>Puts another file in its place: addresses stay as they are, and what lies there is the other file's. See <see cref="MappedRegion.Replace"/>.</summary>
    public void Replace(OwnedFd file, ulong fileOffset) => _mapping.Replace(file, fileOffset);

    /// <summary>Its file has shrunk under it: see <see cref="MappedRegion.IsLost"/>. Any thread.</summary>
    public bool IsLost => _mapping.IsLost;

    internal void ReleaseResident() => _mapping.ReleaseResident();

    internal void AddOwner()
    {
        ObjectDisposedException.ThrowIf(_mapping.IsClosed, this);
        Interlocked.Increment(ref _owners);
    }

    internal void RemoveOwner()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            _mapping.Dispose();
        }
    }

    internal bool OverlapsGuest(GuestRegion other) =>
        GuestBase.Value <= other.LastGuest && other.GuestBase.Value <= LastGuest;

    internal bool OverlapsFrontend(GuestRegion other) =>
        FrontendBase.Value <= other.LastFrontend && other.FrontendBase.Value <= LastFrontend;

    private ulong LastGuest => GuestBase.Value + (SizeBytes - 1);

    private ulong LastFrontend => FrontendBase.Value + (SizeBytes - 1);
}
