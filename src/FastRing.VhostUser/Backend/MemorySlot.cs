using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>One region the frontend shares. A map of its own keeps it mapped, whatever other maps it is part of.</summary>
internal sealed class MemorySlot : IDisposable
{
    private readonly GuestMemory _owner;

    private MemorySlot(GuestRegion region)
    {
        Region = region;
        _owner = new GuestMemory(region);
    }

    public GuestRegion Region { get; }

    /// <summary>Maps what a message describes; says why not when it can't.</summary>
    public static MemorySlot? TryMap(in MemoryRegion region, OwnedFd file, MemorySealPolicy seals, out string problem)
    {
        problem = "";
        try
        {
            // Before the file's size is looked at, so that it holds.
            if (seals == MemorySealPolicy.Require && !CanNotShrink(file))
            {
                problem = $"the file of the region at {region.Guest} has no seal against shrinking (F_SEAL_SHRINK)";
                return null;
            }

            if (seals == MemorySealPolicy.Add)
            {
                SealIfPossible(file);
            }

            return new MemorySlot(GuestRegion.Map(file, region.FileOffset, region.SizeBytes, region.Guest, region.Frontend));
        }
        catch (Exception e) when (e is ArgumentException or LinuxException or OverflowException)
        {
            problem = e.Message;
            return null;
        }
    }

    /// <summary>Whether a message means this region; where it lies in its file does not matter (<c>VHOST_USER_REM_MEM_REG</c>).</summary>
    public bool Is(in MemoryRegion region) =>
        Region.GuestBase == region.Guest && Region.FrontendBase == region.Frontend && Region.SizeBytes == region.SizeBytes;

    public void Dispose() => _owner.Dispose();

    private static bool CanNotShrink(OwnedFd file)
    {
        try
        {
            return (MemFd.GetSeals(file) & FileSeals.Shrink) != 0;
        }
        catch (LinuxException)
        {
            return false; // It is none of the files that have seals.
        }
    }

    private static void SealIfPossible(OwnedFd file)
    {
        try
        {
            MemFd.AddSeals(file, FileSeals.Shrink);
        }
        catch (LinuxException)
        {
            // It takes no seals (any more), or was sent read-only.
        }
    }
}
