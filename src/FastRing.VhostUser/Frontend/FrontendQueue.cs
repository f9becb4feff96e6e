using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>A queue of a <see cref="FrontendSession"/>, seen by its driver. One thread owns it.</summary>
public sealed class FrontendQueue : IDisposable
{
    private readonly FrontendSession _session;
    private readonly Epoll _epoll = new();

    internal FrontendQueue(FrontendSession session, int index, ushort size, int indirectEntries)
    {
        _session = session;
        Index = index;
        ulong bytes = DriverVirtqueue.BytesFor(size, session.Features, indirectEntries);
        GuestAddress start = session.Memory.Allocate(bytes);
        Layout = RingLayout.At(start, size, session.Features);
        Ring = DriverVirtqueue.Create(session.Memory.Map, start, size, session.Features, indirectEntries);
        _epoll.Add(Call.Fd, EpollEvents.In, 0);
    }

    /// <summary>The queue's number.</summary>
    public int Index { get; }

    /// <summary>The driver's side of the ring.</summary>
    public DriverVirtqueue Ring { get; }

    /// <summary>Tells the device of available buffers.</summary>
    public EventFd Kick { get; } = EventFd.Create();

    /// <summary>Tells the driver of used buffers.</summary>
    public EventFd Call { get; } = EventFd.Create();

    /// <summary>Tells the driver that the device found the ring malformed.</summary>
    public EventFd Error { get; } = EventFd.Create();

    /// <summary>Where the ring lies.</summary>
    public RingLayout Layout { get; }

    /// <summary>The same as <c>SET_VRING_ADDR</c> has it.</summary>
    public VringAddresses Addresses => new(Address(Layout.Descriptors), Address(Layout.Driver), Address(Layout.Device));

    /// <summary>Sets the ring up and starts it at <paramref name="index"/>: 0 for a fresh one, else what <see cref="Stop"/> said.</summary>
    public void Start(uint index)
    {
        SetUp(_session.Frontend, index);
        Go(_session.Frontend);
    }

    /// <summary>Says all of the ring but what starts it.</summary>
    internal void SetUp(VhostUserFrontend frontend, uint index)
    {
        frontend.SetVringNum(Index, Ring.Size);
        frontend.SetVringBase(Index, index);
        frontend.SetVringAddr(Index, Addresses);
        frontend.SetVringErr(Index, Error.Fd);
        frontend.SetVringCall(Index, Call.Fd);
    }

    internal void Go(VhostUserFrontend frontend)
    {
        frontend.SetVringKick(Index, Kick.Fd);
        if (_session.RingsBeginDisabled)
        {
            frontend.SetVringEnable(Index, enabled: true);
        }
    }

    /// <summary>Stops the ring; the device touches no memory of it from here on.</summary>
    /// <returns>Where to go on.</returns>
    public uint Stop() => _session.Frontend.GetVringBase(Index);

    /// <summary>Shows the device what was added, and notifies it where it asked for that.</summary>
    public void PublishAndKick()
    {
        if (Ring.Publish())
        {
            Kick.Signal();
        }
    }

    /// <summary>Waits for a used buffer.</summary>
    /// <param name="used">The buffer.</param>
    /// <param name="timeoutMilliseconds">-1: for ever.</param>
    /// <returns>False when none came in time, or the ring is broken.</returns>
    public bool WaitUsed(out UsedBuffer used, int timeoutMilliseconds)
    {
        Span<EpollReady> ready = stackalloc EpollReady[1];
        while (!Ring.TryTakeUsed(out used))
        {
            if (Ring.IsBroken)
            {
                return false;
            }

            if (Ring.EnableNotifications())
            {
                continue; // One came in between.
            }

            if (_epoll.WaitThrough(ready, timeoutMilliseconds) == 0)
            {
                return Ring.TryTakeUsed(out used);
            }

            Call.Drain();
        }

        return true;
    }

    /// <summary>I/O virtual addresses are said as they are (vhost-user, "IOMMU support").</summary>
    private FrontendAddress Address(GuestAddress area) =>
        (_session.Features & VirtioFeatures.AccessPlatform) != 0 ? new(area.Value) : DriverMemory.ToFrontend(area);

    /// <summary>Closes the descriptors; the backend's copies of them stay open until it has new ones.</summary>
    public void Dispose()
    {
        _epoll.Dispose();
        Kick.Dispose();
        Call.Dispose();
        Error.Dispose();
    }
}
