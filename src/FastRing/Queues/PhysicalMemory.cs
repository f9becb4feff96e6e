using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>Addresses are guest physical ones.</summary>
internal readonly struct PhysicalMemory(GuestMemory memory) : IRingMemory
{
    public static bool IsPhysical => true;

    public bool IsWaiting => false;

    public void BeginAreas(uint size)
    {
    }

    public VirtqueueError TranslateArea(GuestAddress address, ulong bytes, IotlbAccess access, out nint host) =>
        memory.TryTranslate(address, bytes, out host) ? VirtqueueError.None : VirtqueueError.AreaNotMapped;

    public VirtqueueError FirstPiece(ulong address, ulong length, bool writable, ref RegionWindow window, out IoVector piece)
    {
        GuestRegion? region = memory.Find(new GuestAddress(address));
        if (region is null)
        {
            piece = default;
            return VirtqueueError.BufferNotMapped;
        }

        window.Remember(region);
        ulong offset = address - region.GuestBase.Value;
        piece = new IoVector(region.HostBase + (nint)offset, (nuint)Math.Min(length, region.SizeBytes - offset));
        return VirtqueueError.None;
    }

    public void BeginChain()
    {
    }

    public void Hold(ushort id)
    {
    }

    public void GiveBack(ushort id)
    {
    }

    public void GiveBackAll()
    {
    }
}
