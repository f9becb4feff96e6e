using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>The log of a session's dirty pages, if its frontend has given one. It changes while rings are paused only.</summary>
internal sealed class MemoryLog : IDisposable
{
    private DirtyLog? _log;
    private EventFd? _changed;

    /// <summary>Buffers are marked: <c>VHOST_F_LOG_ALL</c>.</summary>
    public bool IsOn { get; set; }

    public bool IsLost => _log is { IsLost: true };

    public void Replace(DirtyLog log)
    {
        _log?.Dispose();
        _log = log;
        log.Changed = _changed;
    }

    public void SetChanged(EventFd changed)
    {
        _changed?.Dispose();
        _changed = changed;
        if (_log is not null)
        {
            _log.Changed = changed;
        }
    }

    /// <summary>What a ring there has to mark; null: nothing.</summary>
    public RingLog? For(in VringAddresses addresses, GuestMemory memory) =>
        _log is not null && (IsOn || addresses.IsLogged) ? new RingLog(_log, memory, IsOn, addresses.IsLogged ? addresses.Log : null) : null;

    /// <summary>Why the log, as it is, does not do for a memory; null: it does, or there is none.</summary>
    public string? WhyTooSmall(GuestMemory? memory) => _log is null ? null : WhyTooSmall(_log, memory);

    public static string? WhyTooSmall(DirtyLog log, GuestMemory? memory)
    {
        if (memory is null || memory.Regions.IsEmpty)
        {
            return null;
        }

        GuestRegion last = memory.Regions[^1];
        return log.Covers(last.GuestBase, last.SizeBytes) ? null
            : $"the log is too small: it ends at 0x{log.End:x}, the guest's memory at 0x{last.GuestBase.Value + last.SizeBytes:x}";
    }

    /// <summary>Why a ring's used elements can't be logged where the frontend says; null: they can, or are not to be, or are where they are found to be, behind an IOMMU.</summary>
    public string? WhyOutside(in VringAddresses addresses, uint size, ulong features) =>
        _log is null || !addresses.IsLogged || (features & VirtioFeatures.AccessPlatform) != 0 || _log.Covers(addresses.Log, RingLayout.DeviceBytes(size, features)) ? null
            : $"the used ring's place in the log, {addresses.Log}, is outside of it";

    public void Dispose()
    {
        _log?.Dispose();
        _changed?.Dispose();
        _log = null;
        _changed = null;
    }
}
