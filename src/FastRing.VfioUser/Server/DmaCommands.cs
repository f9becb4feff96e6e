using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VfioUser.Server;

/// <summary>Commands about the memory the device may use.</summary>
internal static class DmaCommands
{
    private const ulong PageBytes = 4096;
    private const uint Readable = 1 << 0;
    private const uint Writable = 1 << 1;

    /// <summary>Not in the specification, but QEMU's way to say: everything (linux/vfio.h, <c>VFIO_DMA_UNMAP_FLAG_ALL</c>).</summary>
    private const uint UnmapAll = 1 << 1;

    public static int Map(ClientSession session, ref Command command)
    {
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(command.Payload[4..]);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(command.Payload[8..]);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(command.Payload[16..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(command.Payload[24..]);
        if ((flags & ~(Readable | Writable)) != 0 || !IsRange(address, size))
        {
            return Errno.EINVAL;
        }

        if (session.Dma.Overlaps(address, size))
        {
            return Errno.EEXIST;
        }

        // A file that may only be read, or none: the range is known, and nothing of it is reached. A ROM, for example.
        bool isMemory = command.Fds.Count == 1 && flags == (Readable | Writable);
        if (session.Dma.IsFull || (isMemory && !session.Dma.HasRoomFor(size)))
        {
            return Errno.ENOSPC;
        }

        MemorySlot? slot = null;
        if (isMemory)
        {
            using OwnedFd file = command.Fds.Take(0);
            slot = MemorySlot.TryMap(new MemoryRegion(new(address), size, new FrontendAddress(address), offset), file, session.Dma.Seals, out string problem);
            if (slot is null)
            {
                session.Log.Rejected(VfioUserCommand.DmaMap, RejectionReason.Refused, problem);
                return Errno.EINVAL;
            }
        }

        session.ChangeMemory(() => session.Dma.Add(new DmaRange(address, size, slot)));
        return 0;
    }

    public static int Unmap(ClientSession session, ref Command command)
    {
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(command.Payload[4..]);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(command.Payload[8..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(command.Payload[16..]);
        bool isAll = flags == UnmapAll && address == 0 && size == 0;
        if (flags != 0 && !isAll)
        {
            return Errno.EINVAL;
        }

        if (isAll)
        {
            session.ChangeMemory(session.Dma.Clear);
        }
        else if (session.Dma.Has(address, size))
        {
            session.ChangeMemory(() => session.Dma.Remove(address));
        }
        else
        {
            return Errno.ENOENT;
        }

        command.Payload.CopyTo(command.BeginReply(command.Payload.Length));
        return 0;
    }

    private static bool IsRange(ulong address, ulong size) =>
        size > 0 && size - 1 <= ulong.MaxValue - address && address % PageBytes == 0 && size % PageBytes == 0;
}
