using FastRing.Interop;
using FastRing.VfioUser.Protocol;

namespace FastRing.VfioUser.Server;

/// <summary>What the guest reads and writes in BARs and configuration space.</summary>
internal static class RegionCommands
{
    public static int Read(ClientSession session, ref Command command)
    {
        var access = RegionAccess.Read(command.Payload);
        if (!IsInRegion(session, access))
        {
            return Errno.EINVAL;
        }

        Span<byte> reply = command.BeginReply(RegionAccess.Bytes + (int)access.Count);
        access.Write(reply);
        session.Read(access.Region, access.Offset, reply[RegionAccess.Bytes..]);
        return 0;
    }

    public static int Write(ClientSession session, ref Command command)
    {
        var access = RegionAccess.Read(command.Payload);
        ReadOnlySpan<byte> data = command.Payload[RegionAccess.Bytes..];
        if (!IsInRegion(session, access) || data.Length != (int)access.Count)
        {
            return Errno.EINVAL;
        }

        session.Write(access.Region, access.Offset, data);
        access.Write(command.BeginReply(RegionAccess.Bytes));
        return 0;
    }

    private static bool IsInRegion(ClientSession session, in RegionAccess access)
    {
        ulong size = access.Region < PciRegion.Count ? (ulong)session.RegionBytes(access.Region) : 0;
        return access.Count is > 0 and <= VfioUserHeader.MaxTransferBytes && access.Offset <= size && access.Count <= size - access.Offset;
    }
}
