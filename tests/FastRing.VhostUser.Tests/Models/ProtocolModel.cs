using System.Buffers.Binary;
using FastRing.Memory;
using FastRing.Spec;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Models;

/// <summary>What a backend with two empty rings has been told, and so what it answers: the specification, and what ARCHITECTURE.md says where it leaves a choice.</summary>
internal sealed partial class ProtocolModel(byte[] config)
{
    public const ulong DeviceFeatures = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors;

    public const ProtocolFeatures Offered =
        ProtocolFeatures.MultiQueue | ProtocolFeatures.LogSharedMemory | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendRequests | ProtocolFeatures.Config | ProtocolFeatures.ConfigureMemSlots
        | ProtocolFeatures.InflightSharedMemory | ProtocolFeatures.ResetDevice | ProtocolFeatures.Status | ProtocolFeatures.DeviceState;

    private const ulong OfferedFeatures = DeviceFeatures | VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll;

    private readonly byte[] _config = [.. config];
    private readonly List<MemoryRegion> _regions = [];
    private ulong? _features;
    private ProtocolFeatures _protocol;
    private ulong _status;
    private bool _hasMemory;

    public ModelRing[] Rings { get; } = [new(), new()];

    /// <summary>What is beyond the model: logging, what is in flight, a device's state. Such a message is not sent.</summary>
    public bool IsBeyond(ModelMessage message) =>
        message.Request is VhostUserRequest.SetLogBase or VhostUserRequest.GetInflightFd or VhostUserRequest.SetInflightFd or VhostUserRequest.SetDeviceStateFd or VhostUserRequest.CheckDeviceState
        && (RequestShape.All[message.Request].Needs & ~_protocol) == 0;

    /// <summary>Takes a message.</summary>
    /// <returns>What comes back.</returns>
    public Prediction Take(ModelMessage message)
    {
        if ((message.Flags & ~VhostUserHeader.NeedReplyFlag) != VhostUserHeader.Version)
        {
            return Prediction.Closed;
        }

        if (!RequestShape.All.TryGetValue(message.Request, out RequestShape? shape))
        {
            return Acknowledged(message, false);
        }

        if (message.Payload.Length < shape.LeastBytes || message.Payload.Length > shape.MostBytes || message.Fds.Length < shape.LeastFds || message.Fds.Length > shape.MostFds)
        {
            return Prediction.Closed;
        }

        Answer answer = (shape.Needs & ~_protocol) == 0 ? Handle(message) : Answer.No;
        bool isLog = message.Request == VhostUserRequest.SetLogBase && WantsAcknowledgement(message); // Its reply is one.
        return answer.IsMalformed || (answer is { IsDone: false, Reply: null } && shape.HasReply && !isLog) ? Prediction.Closed
            : answer.Reply is { } reply ? new Prediction(RawFrontend.Message(message.Request, reply, VhostUserHeader.Version | VhostUserHeader.ReplyFlag), false)
            : Acknowledged(message, answer.IsDone);
    }

    private bool WantsAcknowledgement(ModelMessage message) => message.NeedsReply && (_protocol & ProtocolFeatures.ReplyAck) != 0;

    private Prediction Acknowledged(ModelMessage message, bool isDone) => WantsAcknowledgement(message)
        ? new Prediction(RawFrontend.Message(message.Request, RawFrontend.Number(isDone ? 0UL : 1), VhostUserHeader.Version | VhostUserHeader.ReplyFlag), false)
        : new Prediction([], false);

    private Answer Handle(ModelMessage message) => message.Request switch
    {
        VhostUserRequest.GetFeatures => Answer.With(OfferedFeatures),
        VhostUserRequest.GetProtocolFeatures => Answer.With((ulong)Offered),
        VhostUserRequest.GetQueueNum => Answer.With((ulong)Rings.Length),
        VhostUserRequest.GetMaxMemSlots => Answer.With(509),
        VhostUserRequest.GetStatus => Answer.With(_status),
        VhostUserRequest.SetFeatures => SetFeatures(Number(message)),
        VhostUserRequest.SetProtocolFeatures => SetProtocolFeatures((ProtocolFeatures)Number(message)),
        VhostUserRequest.SetStatus => SetStatus(Number(message)),
        VhostUserRequest.ResetDevice => Reset(),
        VhostUserRequest.GetConfig => GetConfig(ConfigPayload.Read(message.Payload)),
        VhostUserRequest.SetConfig => SetConfig(ConfigPayload.Read(message.Payload), message.Payload[ConfigPayload.HeadBytes..]),
        VhostUserRequest.SetMemTable => SetMemTable(message),
        VhostUserRequest.AddMemReg => AddRegion(MemoryRegion.Read(message.Payload.AsSpan(sizeof(ulong)))),
        VhostUserRequest.RemMemReg => RemoveRegion(MemoryRegion.Read(message.Payload.AsSpan(sizeof(ulong)))),
        VhostUserRequest.SetVringKick or VhostUserRequest.SetVringCall or VhostUserRequest.SetVringErr => SetDescriptor(message),
        VhostUserRequest.SetOwner or VhostUserRequest.ResetOwner or VhostUserRequest.SetBackendReqFd => Answer.Done,
        _ => OfRing(message),
    };

    private Answer SetFeatures(ulong features)
    {
        if ((features & ~OfferedFeatures) != 0)
        {
            return Answer.No;
        }

        if (Rings.Any(r => r.IsRunning && !r.IsBroken && IsEnabled(r)))
        {
            return features == _features ? Answer.Done : Answer.No;
        }

        AroundAll(() => _features = features);
        return Answer.Done;
    }

    private Answer SetProtocolFeatures(ProtocolFeatures features)
    {
        if ((features & ~Offered) != 0)
        {
            return Answer.No;
        }

        _protocol = features;
        return Answer.Done;
    }

    private Answer SetStatus(ulong status)
    {
        if (status > byte.MaxValue)
        {
            return Answer.No;
        }

        _status = status;
        return status == 0 && (_protocol & ProtocolFeatures.ResetDevice) == 0 ? Reset() : Answer.Done;
    }

    private Answer Reset()
    {
        foreach (ModelRing ring in Rings)
        {
            ring.Halt();
            (ring.HasRun, ring.Base, ring.Enabled) = (false, 0, null);
        }

        _status = 0;
        return Answer.Done;
    }

    private Answer GetConfig(ConfigPayload asked)
    {
        bool isThere = asked.Offset <= _config.Length && asked.Size <= _config.Length - asked.Offset;
        byte[] reply = new byte[ConfigPayload.HeadBytes + (isThere ? asked.Size : 0)];
        (asked with { Size = isThere ? asked.Size : 0 }).Write(reply);
        if (isThere)
        {
            _config.AsSpan((int)asked.Offset, (int)asked.Size).CopyTo(reply.AsSpan(ConfigPayload.HeadBytes));
        }

        return new Answer(false, reply);
    }

    private Answer SetConfig(ConfigPayload written, byte[] bytes)
    {
        if (written.Size > bytes.Length || written.Offset > _config.Length || written.Size > _config.Length - written.Offset || written.Flags > 1)
        {
            return Answer.No;
        }

        bytes.AsSpan(0, (int)written.Size).CopyTo(_config.AsSpan((int)written.Offset));
        return Answer.Done;
    }

    private Answer SetMemTable(ModelMessage message)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(message.Payload);
        if (count > 8 || message.Payload.Length < sizeof(ulong) + ((int)count * MemoryRegion.PayloadBytes) || message.Fds.Length != count)
        {
            return Answer.Malformed;
        }

        MemoryRegion[] regions = [.. Enumerable.Range(0, (int)count).Select(i => MemoryRegion.Read(message.Payload.AsSpan(sizeof(ulong) + (i * MemoryRegion.PayloadBytes))))];
        return regions.All(r => ModelMemory.IsMappable(r)) ? Replace([.. regions]) : Answer.No;
    }

    private Answer AddRegion(MemoryRegion region) => ModelMemory.IsMappable(region) ? Replace([.. _regions, region]) : Answer.No;

    private Answer RemoveRegion(MemoryRegion region) => _regions.Contains(region) ? Replace([.. _regions.Where(r => r != region)]) : Answer.No;

    private Answer Replace(List<MemoryRegion> regions)
    {
        bool overlap = regions.Where((r, i) => regions.Skip(i + 1).Any(o => ModelMemory.Overlap(r, o))).Any();
        AroundAll(() =>
        {
            if (!overlap)
            {
                _regions.Clear();
                _regions.AddRange(regions);
                _hasMemory = true;
            }
        });
        return overlap ? Answer.No : Answer.Done;
    }

    private static ulong Number(ModelMessage message) => BinaryPrimitives.ReadUInt64LittleEndian(message.Payload);
}
