using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>Addresses are I/O virtual ones: <c>VIRTIO_F_ACCESS_PLATFORM</c>. Every buffer is looked up, and the window stays empty.</summary>
internal readonly struct PlatformMemory(QueueTranslation translation) : IRingMemory
{
    public static bool IsPhysical => false;

    public bool IsWaiting => translation.Miss is not null;

    public void BeginAreas(uint size) => translation.BeginAreas(size);

    public VirtqueueError TranslateArea(GuestAddress address, ulong bytes, IotlbAccess access, out nint host) =>
        translation.TranslateArea(address.Value, bytes, access, out host);

    public VirtqueueError FirstPiece(ulong address, ulong length, bool writable, ref RegionWindow window, out IoVector piece) =>
        translation.FirstPiece(address, length, writable, out piece);

    public void BeginChain() => translation.BeginChain();

    public void Hold(ushort id) => translation.Hold(id);

    public void GiveBack(ushort id) => translation.GiveBack(id);

    public void GiveBackAll() => translation.GiveBackAll();
}
