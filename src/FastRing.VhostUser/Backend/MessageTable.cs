using FastRing.VhostUser.Protocol;
using static FastRing.VhostUser.Protocol.VhostUserRequest;

namespace FastRing.VhostUser.Backend;

/// <summary>Every request the backend knows. A message is checked against its row before its handler sees it.</summary>
internal static class MessageTable
{
    private const int Number = sizeof(ulong);
    private const int Region = Number + MemoryRegion.PayloadBytes;
    private const int Table = Number + (MemoryRegion.MaxInTable * MemoryRegion.PayloadBytes);
    private const int Config = ConfigPayload.HeadBytes + ConfigPayload.MaxBytes;

    private static readonly MessageRow?[] ByRequest = Index(
        Get(GetFeatures, 0, FeatureHandlers.GetFeatures),
        Set(SetFeatures, Number, FeatureHandlers.SetFeatures),
        Get(GetProtocolFeatures, 0, FeatureHandlers.GetProtocolFeatures),
        Set(SetProtocolFeatures, Number, FeatureHandlers.SetProtocolFeatures),
        Set(SetOwner, 0, FeatureHandlers.Ignore),
        Set(ResetOwner, 0, FeatureHandlers.Ignore),
        Get(GetQueueNum, 0, FeatureHandlers.GetQueueNum),

        // user-mode-linux pads its single region, so the size need not be that of the regions announced.
        Set(SetMemTable, Number, MemoryHandlers.SetMemTable) with { MaxBytes = Table, MaxFds = MemoryRegion.MaxInTable },
        Get(GetMaxMemSlots, 0, MemoryHandlers.GetMaxMemSlots),
        Set(AddMemReg, Region, MemoryHandlers.AddMemReg, ProtocolFeatures.ConfigureMemSlots) with { MinFds = 1, MaxFds = 1 },

        // A descriptor is superfluous, but some frontends send one.
        Set(RemMemReg, Region, MemoryHandlers.RemMemReg, ProtocolFeatures.ConfigureMemSlots) with { MaxFds = 1 },

        Get(SetLogBase, LogPayload.Bytes, LogHandlers.SetLogBase) with { MinFds = 1, MaxFds = 1, Needs = ProtocolFeatures.LogSharedMemory, ReplyAcknowledges = true },
        Set(SetLogFd, 0, LogHandlers.SetLogFd) with { MinFds = 1, MaxFds = 1 },

        Get(GetInflightFd, InflightPayload.MinBytes, InflightHandlers.GetInflightFd) with { MaxBytes = InflightPayload.PaddedBytes, Needs = ProtocolFeatures.InflightSharedMemory },
        Set(SetInflightFd, InflightPayload.MinBytes, InflightHandlers.SetInflightFd, ProtocolFeatures.InflightSharedMemory) with { MaxBytes = InflightPayload.PaddedBytes, MinFds = 1, MaxFds = 1 },

        Set(SetVringNum, VringStatePayload.SizeBytes, VringHandlers.SetNum),
        Set(SetVringAddr, VringAddresses.SizeBytes, VringHandlers.SetAddr),
        Set(SetVringBase, VringStatePayload.SizeBytes, VringHandlers.SetBase),
        Get(GetVringBase, VringStatePayload.SizeBytes, VringHandlers.GetBase),
        Set(SetVringKick, Number, VringHandlers.SetKick) with { MaxFds = 1 },
        Set(SetVringCall, Number, VringHandlers.SetCall) with { MaxFds = 1 },
        Set(SetVringErr, Number, VringHandlers.SetErr) with { MaxFds = 1 },
        Set(SetVringEnable, VringStatePayload.SizeBytes, VringHandlers.SetEnable),
        Set(IotlbMsg, IotlbMessage.MinBytes, IotlbHandlers.Iotlb, ProtocolFeatures.BackendRequests) with { MaxBytes = IotlbMessage.SizeInBytes },
        Set(SetVringEndian, VringStatePayload.SizeBytes, VringHandlers.SetEndian),
        Set(VringKick, VringStatePayload.SizeBytes, VringHandlers.Kick, ProtocolFeatures.InbandNotifications),

        Get(GetConfig, ConfigPayload.HeadBytes, ConfigHandlers.GetConfig) with { MaxBytes = Config },
        Set(SetConfig, ConfigPayload.HeadBytes, ConfigHandlers.SetConfig) with { MaxBytes = Config },
        Set(SetBackendReqFd, 0, DeviceHandlers.SetBackendReqFd, ProtocolFeatures.BackendRequests) with { MinFds = 1, MaxFds = 1 },
        Set(ResetDevice, 0, DeviceHandlers.ResetDevice, ProtocolFeatures.ResetDevice),
        Set(SetStatus, Number, DeviceHandlers.SetStatus, ProtocolFeatures.Status),
        Get(GetStatus, 0, DeviceHandlers.GetStatus),
        Get(SetDeviceStateFd, DeviceStatePayload.SizeBytes, StateHandlers.SetDeviceStateFd) with { MinFds = 1, MaxFds = 1, Needs = ProtocolFeatures.DeviceState },
        Get(CheckDeviceState, 0, StateHandlers.CheckDeviceState) with { Needs = ProtocolFeatures.DeviceState });

    /// <summary>All rows.</summary>
    public static IEnumerable<MessageRow> Rows => ByRequest.OfType<MessageRow>();

    /// <summary>The request's row; null when it is unknown.</summary>
    public static MessageRow? Find(VhostUserRequest request) =>
        (uint)request < (uint)ByRequest.Length ? ByRequest[(int)request] : null;

    /// <summary>Whether the request may have a payload of that size; one nobody knows may have any up to the limit.</summary>
    public static bool AllowsPayload(VhostUserRequest request, uint bytes) =>
        Find(request)?.AllowsPayload(bytes) ?? bytes <= VhostUserHeader.MaxPayloadBytes;

    private static MessageRow Get(VhostUserRequest request, int bytes, MessageHandler handler) =>
        new(request, bytes, bytes, 0, 0, ProtocolFeatures.None, HasReply: true, handler);

    private static MessageRow Set(VhostUserRequest request, int bytes, MessageHandler handler, ProtocolFeatures needs = ProtocolFeatures.None) =>
        new(request, bytes, bytes, 0, 0, needs, HasReply: false, handler);

    private static MessageRow?[] Index(params ReadOnlySpan<MessageRow> rows)
    {
        var table = new MessageRow?[(int)CheckDeviceState + 1];
        foreach (MessageRow row in rows)
        {
            table[(int)row.Request] = row;
        }

        return table;
    }
}
