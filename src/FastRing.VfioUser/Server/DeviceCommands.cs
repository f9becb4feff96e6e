using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VfioUser.Protocol;

namespace FastRing.VfioUser.Server;

/// <summary>Commands about the device as a whole.</summary>
internal static class DeviceCommands
{
    private const uint FlagReset = 1 << 0;
    private const uint FlagPci = 1 << 1;
    private const uint IrqEventFd = 1 << 0;
    private const uint IrqMaskable = 1 << 1;
    private const uint IrqAutomasked = 1 << 2;
    private const uint RegionReadWrite = 3;

    /// <summary>Version 0.0 is spoken, with which every client of major version 0 agrees (vfio-user, "VFIO_USER_VERSION").</summary>
    public static int Version(ClientSession session, ref Command command)
    {
        if (session.HasVersion || BinaryPrimitives.ReadUInt16LittleEndian(command.Payload) != 0 || !Capabilities.AreWellFormed(command.Payload[4..]))
        {
            return Errno.EINVAL;
        }

        session.HasVersion = true;
        Capabilities.Own.CopyTo(command.BeginReply(4 + Capabilities.Own.Length)[4..]);
        return 0;
    }

    public static int GetInfo(ClientSession session, ref Command command)
    {
        const int Bytes = 16;
        if (ArgumentBytes(command.Payload) < Bytes)
        {
            return Errno.EINVAL;
        }

        Span<byte> reply = command.BeginReply(Bytes);
        Put(reply, 0, Bytes);
        Put(reply, 4, FlagReset | FlagPci);
        Put(reply, 8, PciRegion.Count);
        Put(reply, 12, PciIrq.Count);
        return 0;
    }

    /// <summary>No region is to be mapped: each access is a message.</summary>
    public static int GetRegionInfo(ClientSession session, ref Command command)
    {
        const int Bytes = 32;
        uint index = Get(command.Payload, 8);
        if (ArgumentBytes(command.Payload) < Bytes || index >= PciRegion.Count)
        {
            return Errno.EINVAL;
        }

        int size = session.RegionBytes(index);
        Span<byte> reply = command.BeginReply(Bytes);
        Put(reply, 0, Bytes);
        Put(reply, 4, size > 0 ? RegionReadWrite : 0);
        Put(reply, 8, index);
        Put(reply, 16, (uint)size);
        return 0;
    }

    public static int GetIrqInfo(ClientSession session, ref Command command)
    {
        const int Bytes = 16;
        uint index = Get(command.Payload, 8);
        if (ArgumentBytes(command.Payload) < Bytes || index is PciIrq.Error or >= PciIrq.Count)
        {
            return Errno.EINVAL;
        }

        Span<byte> reply = command.BeginReply(Bytes);
        Put(reply, 0, Bytes);
        Put(reply, 4, index switch
        {
            PciIrq.Intx => IrqEventFd | IrqMaskable | IrqAutomasked,
            PciIrq.Msix => IrqEventFd,
            _ => 0,
        });
        Put(reply, 8, index);
        Put(reply, 12, session.Interrupts.Count(index));
        return 0;
    }

    public static int Reset(ClientSession session, ref Command command)
    {
        session.Reset();
        return 0;
    }

    /// <summary>How long the client lets the reply be (<c>argsz</c>); all of these are as long as the specification's first version has them.</summary>
    private static uint ArgumentBytes(ReadOnlySpan<byte> payload) => Get(payload, 0);

    private static uint Get(ReadOnlySpan<byte> source, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(source[offset..]);

    private static void Put(Span<byte> destination, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(destination[offset..], value);
}
