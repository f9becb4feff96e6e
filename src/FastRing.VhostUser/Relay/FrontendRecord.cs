using FastRing.VhostUser.Protocol;
using static FastRing.VhostUser.Protocol.VhostUserRequest;

namespace FastRing.VhostUser.Relay;

/// <summary>
/// What a frontend has said and a backend has accepted, each thing once, with its descriptors: enough to say everything again to another backend. What grows is bounded here,
/// whoever accepts it: rings are numbered with eight bits, and of memory's regions there are so many.
/// </summary>
internal sealed class FrontendRecord : IDisposable
{
    private const int MaxMemoryMessages = 1024;

    /// <summary>A log before the features that have it used, and both before memory, which is compared with them.</summary>
    private static readonly VhostUserRequest[] s_beforeMemory = [SetOwner, SetLogBase, SetLogFd, SetFeatures];

    /// <summary>The recovery area while no ring runs, the backend's channel before a ring asks on it where its memory is.</summary>
    private static readonly VhostUserRequest[] s_afterMemory = [SetInflightFd, SetBackendReqFd, SetStatus];

    private readonly Dictionary<VhostUserRequest, RelayedMessage> _device = [];
    private readonly List<RelayedMessage> _memory = [];
    private readonly SortedDictionary<uint, RingRecord> _rings = [];
    private uint _areaEntries; // Of a ring: what the area has room for.

    /// <summary>What the frontend chose, without what the relay adds.</summary>
    public ProtocolFeatures ProtocolFeatures { get; private set; }

    /// <summary>A backend was given an area to keep its progress in.</summary>
    public bool HasArea => _device.ContainsKey(SetInflightFd);

    /// <summary>The driver has said what it understands: before, no ring runs.</summary>
    public bool HasFeatures => _device.ContainsKey(SetFeatures);

    /// <summary>A state is on its way into the device.</summary>
    public bool IsLoading { get; private set; }

    /// <summary>The device has another's state, which whoever sent it has no more.</summary>
    public bool HasState { get; private set; }

    /// <summary>Nothing can have been done that only the backend that did it knows of.</summary>
    public bool CanResume => HasArea || (!HasState && !MayRun);

    /// <summary>The largest ring.</summary>
    public uint LargestRing => _rings.Values.Select(r => r.Size).DefaultIfEmpty().Max();

    /// <summary>Takes a message that was answered. Nobody else disposes of it.</summary>
    /// <param name="message">What the frontend said.</param>
    /// <param name="accepted">False: the backend refused it.</param>
    /// <param name="reply">What it answered.</param>
    /// <returns>False: it has said more than anybody may.</returns>
    public bool Note(RelayedMessage message, bool accepted, RelayedMessage reply)
    {
        if (!accepted || !Keep(message, reply))
        {
            message.Dispose();
        }

        return _memory.Count <= MaxMemoryMessages;
    }

    /// <summary>Takes an area that the frontend has not given itself.</summary>
    /// <param name="area">As it was accepted.</param>
    /// <param name="entries">What a ring may have at the most.</param>
    public void KeepArea(RelayedMessage area, uint entries)
    {
        KeepOnce(area);
        _areaEntries = entries;
    }

    /// <summary>A ring of that size has no place in the area, which can still be another: it is not the frontend's, and no ring runs.</summary>
    public bool NeedsLargerArea(uint entries) => HasArea && entries > _areaEntries && !MayRun;

    /// <summary>What there is to say of the device, in an order in which a backend may hear it.</summary>
    public IEnumerable<RelayedMessage> OfDevice() => [.. Once(s_beforeMemory), .. _memory, .. Once(s_afterMemory)];

    /// <summary>What there is to say then, ring by ring.</summary>
    public IEnumerable<RelayedMessage[]> OfRings() => _rings.Values.Select(r => r.Said.ToArray()).Where(said => said.Length > 0);

    public void Dispose()
    {
        _device.Values.ToList().ForEach(m => m.Dispose());
        _memory.ForEach(m => m.Dispose());
        _rings.Values.ToList().ForEach(r => r.Dispose());
    }

    private bool MayRun => _rings.Values.Any(r => r.HasKick);

    private IEnumerable<RelayedMessage> Once(VhostUserRequest[] requests) => requests.Select(r => _device.GetValueOrDefault(r)).OfType<RelayedMessage>();

    /// <returns>False: there is no use for it.</returns>
    private bool Keep(RelayedMessage message, RelayedMessage reply)
    {
        VhostUserRequest request = message.Request;
        switch (request)
        {
            case SetProtocolFeatures:
                ProtocolFeatures = (ProtocolFeatures)message.Number;
                return false;
            case SetMemTable:
                _memory.ForEach(m => m.Dispose());
                _memory.Clear();
                _memory.Add(message);
                return true;
            case AddMemReg:
                _memory.Add(message);
                return true;
            case RemMemReg:
                return Remove(message);
            case GetVringBase when reply.Payload.Length == VringStatePayload.SizeBytes:
                VringStatePayload stopped = VringStatePayload.Read(reply.Payload);
                Ring(stopped.Index)?.Stop(stopped.Index, stopped.Value);
                return false;
            case ResetDevice:
                Reset();
                return false;
            case SetDeviceStateFd when message.Payload.Length == DeviceStatePayload.SizeBytes:
                IsLoading = DeviceStatePayload.Read(message.Payload).Direction == StateDirection.Load && (reply.Number & DeviceStatePayload.ErrorMask) == 0;
                return false;
            case CheckDeviceState:
                HasState |= IsLoading && reply.Number == 0;
                IsLoading = false;
                return false;
            default:
                return RingRecord.Has(request) ? KeepOfRing(message) : KeepOfDevice(message);
        }
    }

    private bool KeepOfDevice(RelayedMessage message)
    {
        if (message is { Request: SetStatus, Number: 0 } && (ProtocolFeatures & ProtocolFeatures.ResetDevice) == 0)
        {
            Reset(); // As the backend has it: a frontend without another way to say so.
            return false;
        }

        bool isKept = s_beforeMemory.Contains(message.Request) || s_afterMemory.Contains(message.Request);
        if (isKept)
        {
            KeepOnce(message);
            _areaEntries = message.Request == SetInflightFd ? uint.MaxValue : _areaEntries; // What has no place in the frontend's own is its affair.
        }

        return isKept;
    }

    private bool KeepOfRing(RelayedMessage message)
    {
        uint index = message.Request switch
        {
            SetVringKick or SetVringCall or SetVringErr => new VringDescriptorPayload(message.Number).Index,
            _ => VringStatePayload.Read(message.Payload).Index, // So begins a ring's addresses too.
        };
        Ring(index)?.Keep(message);
        return index < VringDescriptorPayload.MaxRings;
    }

    private RingRecord? Ring(uint index)
    {
        if (index >= VringDescriptorPayload.MaxRings)
        {
            return null;
        }

        if (!_rings.TryGetValue(index, out RingRecord? ring))
        {
            _rings.Add(index, ring = new RingRecord());
        }

        return ring;
    }

    private void KeepOnce(RelayedMessage message)
    {
        _device.Remove(message.Request, out RelayedMessage? before);
        before?.Dispose();
        _device.Add(message.Request, message);
    }

    /// <summary>A region that was added by itself is forgotten; one of the table has to be taken from it again.</summary>
    private bool Remove(RelayedMessage removal)
    {
        MemoryRegion region = RegionOf(removal);
        int added = _memory.FindIndex(m => m.Request == AddMemReg && IsSame(RegionOf(m), region));
        if (added < 0)
        {
            _memory.Add(removal);
            return true;
        }

        _memory[added].Dispose();
        _memory.RemoveAt(added);
        return false;
    }

    /// <summary>What a removal names a region by.</summary>
    private static bool IsSame(in MemoryRegion one, in MemoryRegion other) =>
        (one.Guest, one.Frontend, one.SizeBytes) == (other.Guest, other.Frontend, other.SizeBytes);

    private static MemoryRegion RegionOf(RelayedMessage message) => MemoryRegion.Read(message.Payload.AsSpan(sizeof(ulong)));

    private void Reset()
    {
        _device.Remove(SetStatus, out RelayedMessage? status);
        status?.Dispose();
        HasState = false;
        _rings.Values.ToList().ForEach(r => r.Reset());
    }
}
