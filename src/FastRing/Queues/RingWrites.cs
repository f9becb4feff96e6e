using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>Where on a ring the device writes.</summary>
/// <param name="setup">What was said of the ring.</param>
/// <param name="log">What is marked of it.</param>
/// <param name="areas">Where it lies in this process: what behind an IOMMU tells its place in the guest's memory.</param>
internal readonly struct RingWrites(in VirtqueueSetup setup, RingLog log, (nint Descriptors, nint Device) areas)
{
    private const ulong SplitHead = 4;      // flags, idx
    private const ulong SplitElement = 8;
    private const ulong Descriptor = 16;

    private readonly DirtyLog _log = log.Log;
    private readonly bool _isPacked = RingLayout.IsPacked(setup.Features);
    private readonly bool _hasEventIndex = (setup.Features & VirtioFeatures.EventIndex) != 0;
    private readonly uint _size = setup.Size;
    private readonly GuestAddress _descriptors = Place(log.Memory, areas.Descriptors);
    private readonly GuestAddress? _device =
        log.Device is not null && (setup.Features & VirtioFeatures.AccessPlatform) != 0 ? Place(log.Memory, areas.Device) : log.Device;

    /// <summary>Used elements from one place to another, as bases have it.</summary>
    public void Used(uint from, uint to)
    {
        if (_device is not { } device || from == to)
        {
            return;
        }

        uint first = _isPacked ? from & 0x7fff : from & (_size - 1);
        uint end = _isPacked ? to & 0x7fff : to & (_size - 1);
        GuestAddress start = _isPacked ? _descriptors : new GuestAddress(device.Value + SplitHead);
        ulong each = _isPacked ? Descriptor : SplitElement;
        if (first < end)
        {
            Mark(start, first * each, (end - first) * each);
        }
        else
        {
            Mark(start, first * each, (_size - first) * each);
            Mark(start, 0, end * each);
        }
    }

    /// <summary>Any of the descriptors, where the device may write to them.</summary>
    public void Descriptors()
    {
        if (_isPacked && _device is not null)
        {
            Mark(_descriptors, 0, _size * Descriptor);
        }
    }

    /// <summary>used.idx, where there is one, and flags beside it.</summary>
    public void Index()
    {
        if (!_isPacked && _device is { } device)
        {
            Mark(device, 0, SplitHead);
        }
    }

    /// <summary>What the device asks of the driver: event suppression; avail_event, where both know it; flags.</summary>
    public void Asked()
    {
        if (_device is { } device)
        {
            bool isBehind = !_isPacked && _hasEventIndex;
            Mark(device, isBehind ? SplitHead + (_size * SplitElement) : 0, isBehind ? sizeof(ushort) : SplitHead);
        }
    }

    private static GuestAddress Place(GuestMemory memory, nint host) => memory.TryToGuest(host, out GuestAddress guest) ? guest : new GuestAddress(ulong.MaxValue);

    private void Mark(GuestAddress start, ulong offset, ulong length) => _log.Mark(new GuestAddress(start.Value + offset), length);
}
