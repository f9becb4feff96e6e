using FastRing.VhostUser.Protocol;
using static FastRing.VhostUser.Protocol.VhostUserRequest;

namespace FastRing.VhostUser.Tests.Models;

/// <summary>What the specification says of a request, apart from what it means.</summary>
/// <param name="LeastBytes">Of its payload.</param>
/// <param name="MostBytes">Of its payload.</param>
/// <param name="LeastFds">Descriptors that come with it.</param>
/// <param name="MostFds">Descriptors that come with it.</param>
/// <param name="Needs">Protocol features.</param>
/// <param name="HasReply">It is answered with more than an acknowledgement.</param>
internal sealed record RequestShape(int LeastBytes, int MostBytes, int LeastFds = 0, int MostFds = 0, ProtocolFeatures Needs = ProtocolFeatures.None, bool HasReply = false)
{
    private const int Region = 40;
    private const int Inflight = 20;

    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<VhostUserRequest, RequestShape> All { get; } = new Dictionary<VhostUserRequest, RequestShape>
    {
        [GetFeatures] = new(0, 0, HasReply: true),
        [SetFeatures] = new(8, 8),
        [SetOwner] = new(0, 0),
        [ResetOwner] = new(0, 0),
        [SetMemTable] = new(8, 8 + (8 * 32), 0, 8),
        [SetLogBase] = new(16, 16, 1, 1, ProtocolFeatures.LogSharedMemory, HasReply: true),
        [SetLogFd] = new(0, 0, 1, 1),
        [SetVringNum] = new(8, 8),
        [SetVringAddr] = new(40, 40),
        [SetVringBase] = new(8, 8),
        [GetVringBase] = new(8, 8, HasReply: true),
        [SetVringKick] = new(8, 8, 0, 1),
        [SetVringCall] = new(8, 8, 0, 1),
        [SetVringErr] = new(8, 8, 0, 1),
        [GetProtocolFeatures] = new(0, 0, HasReply: true),
        [SetProtocolFeatures] = new(8, 8),
        [GetQueueNum] = new(0, 0, HasReply: true),
        [SetVringEnable] = new(8, 8),
        [SetBackendReqFd] = new(0, 0, 1, 1, ProtocolFeatures.BackendRequests),
        [SetVringEndian] = new(8, 8),
        [GetConfig] = new(12, 268, HasReply: true),
        [SetConfig] = new(12, 268),
        [GetInflightFd] = new(Inflight, 24, Needs: ProtocolFeatures.InflightSharedMemory, HasReply: true),
        [SetInflightFd] = new(Inflight, 24, 1, 1, ProtocolFeatures.InflightSharedMemory),
        [ResetDevice] = new(0, 0, Needs: ProtocolFeatures.ResetDevice),
        [VringKick] = new(8, 8, Needs: ProtocolFeatures.InbandNotifications),
        [GetMaxMemSlots] = new(0, 0, HasReply: true),
        [AddMemReg] = new(Region, Region, 1, 1, ProtocolFeatures.ConfigureMemSlots),
        [RemMemReg] = new(Region, Region, 0, 1, ProtocolFeatures.ConfigureMemSlots),
        [SetStatus] = new(8, 8, Needs: ProtocolFeatures.Status),
        [GetStatus] = new(0, 0, HasReply: true),
        [SetDeviceStateFd] = new(8, 8, 1, 1, ProtocolFeatures.DeviceState, HasReply: true),
        [CheckDeviceState] = new(0, 0, Needs: ProtocolFeatures.DeviceState, HasReply: true),
    };
}
