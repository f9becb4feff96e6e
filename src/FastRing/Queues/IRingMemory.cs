using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>What a ring's addresses mean, as a struct so that rings are compiled for each meaning: <see cref="PhysicalMemory"/> or <see cref="PlatformMemory"/>.</summary>
internal interface IRingMemory
{
    /// <summary>Guest physical addresses: what lies in a region stays there, so a region's window decides for most buffers. The rest of this then does nothing.</summary>
    static abstract bool IsPhysical { get; }

    /// <summary>The chain that is next on the ring can't be taken yet.</summary>
    bool IsWaiting { get; }

    /// <summary>A ring is about to look its areas up.</summary>
    void BeginAreas(uint size);

    /// <summary>Where a ring's area lies in this process, if it lies there in one piece.</summary>
    VirtqueueError TranslateArea(GuestAddress address, ulong bytes, IotlbAccess access, out nint host);

    /// <summary>The first piece of a buffer or an indirect table, which is not empty and does not wrap.</summary>
    VirtqueueError FirstPiece(ulong address, ulong length, bool writable, ref RegionWindow window, out IoVector piece);

    /// <summary>A chain is about to be walked.</summary>
    void BeginChain();

    /// <summary>It was taken.</summary>
    void Hold(ushort id);

    /// <summary>It was given back.</summary>
    void GiveBack(ushort id);

    /// <summary>All that was taken and not given back was put back.</summary>
    void GiveBackAll();
}
