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
    public static MemorySlot? TryMap(in MemoryRegion region, OwnedFd file, out string problem)
    {
        problem = "";
        try
        {
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
}
