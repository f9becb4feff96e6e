using FastRing.VfioUser.Protocol;

namespace FastRing.VfioUser.Server;

/// <summary>Every command the server knows. A message is checked against its row before its handler sees it.</summary>
internal static class CommandTable
{
    private static readonly Dictionary<VfioUserCommand, CommandRow> s_rows = new()
    {
        [VfioUserCommand.Version] = new(4, VfioUserHeader.MaxPayloadBytes, 0, DeviceCommands.Version),
        [VfioUserCommand.DmaMap] = new(32, 32, 1, DmaCommands.Map),
        [VfioUserCommand.DmaUnmap] = new(24, 24, 0, DmaCommands.Unmap),
        [VfioUserCommand.DeviceGetInfo] = new(16, 16, 0, DeviceCommands.GetInfo),
        [VfioUserCommand.DeviceGetRegionInfo] = new(32, 32, 0, DeviceCommands.GetRegionInfo),
        [VfioUserCommand.DeviceGetIrqInfo] = new(16, 16, 0, DeviceCommands.GetIrqInfo),
        [VfioUserCommand.DeviceSetIrqs] = new(IrqSet.Bytes, VfioUserHeader.MaxPayloadBytes, Capabilities.MaxFds, IrqCommands.Set),
        [VfioUserCommand.RegionRead] = new(RegionAccess.Bytes, RegionAccess.Bytes, 0, RegionCommands.Read),
        [VfioUserCommand.RegionWrite] = new(RegionAccess.Bytes, VfioUserHeader.MaxPayloadBytes, 0, RegionCommands.Write),
        [VfioUserCommand.DeviceReset] = new(0, 0, 0, DeviceCommands.Reset),
    };

    /// <summary>All rows.</summary>
    public static IReadOnlyDictionary<VfioUserCommand, CommandRow> Rows => s_rows;

    /// <summary>The command's row; null when it is unknown.</summary>
    public static CommandRow? Find(VfioUserCommand command) => s_rows.GetValueOrDefault(command);
}
