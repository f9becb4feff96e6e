using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.DriverKit;

/// <summary>
/// A ring that lies anywhere, shown to a backend step by step. A <see cref="FrontendQueue"/> makes a good ring in its session's memory; this
/// is for rings that a test writes itself, in memory that it shared itself.
/// </summary>
public sealed class ConnectedRing : IDisposable
{
    private readonly VhostUserFrontend _frontend;
    private readonly VirtqueueSetup _setup;

    /// <summary>Tells the backend nothing yet.</summary>
    /// <param name="frontend">The connection.</param>
    /// <param name="index">The queue's number.</param>
    /// <param name="setup">Where the ring lies and begins.</param>
    /// <param name="toFrontend">The frontend address of a guest address: <see cref="TestGuest.ToFrontend"/> or <see cref="DriverMemory.ToFrontend"/>.</param>
    public ConnectedRing(VhostUserFrontend frontend, int index, in VirtqueueSetup setup, Func<GuestAddress, FrontendAddress> toFrontend)
    {
        ArgumentNullException.ThrowIfNull(toFrontend);
        _frontend = frontend;
        _setup = setup;
        Index = index;
        Addresses = new VringAddresses(toFrontend(setup.Descriptors), toFrontend(setup.Driver), toFrontend(setup.Device));
    }

    /// <summary>The queue's number.</summary>
    public int Index { get; }

    /// <summary>Where the ring lies, as <c>SET_VRING_ADDR</c> has it.</summary>
    public VringAddresses Addresses { get; }

    /// <summary>Tells the device of available buffers.</summary>
    public EventFd Kick { get; } = EventFd.Create();

    /// <summary>Tells the driver of used buffers.</summary>
    public EventFd Call { get; } = EventFd.Create();

    /// <summary>Tells the driver that the device found the ring malformed.</summary>
    public EventFd Error { get; } = EventFd.Create();

    /// <summary>Sets the ring up; enabled, it runs from here on.</summary>
    /// <param name="enable">False: all but enabled.</param>
    /// <param name="base">Where it begins, if not where the setup says.</param>
    public void SetUp(bool enable = true, uint? @base = null)
    {
        _frontend.SetVringNum(Index, _setup.Size);
        _frontend.SetVringBase(Index, @base ?? _setup.Base);
        _frontend.SetVringAddr(Index, Addresses);
        _frontend.SetVringErr(Index, Error.Fd);
        _frontend.SetVringCall(Index, Call.Fd);
        _frontend.SetVringKick(Index, Kick.Fd);
        if (enable)
        {
            _frontend.SetVringEnable(Index, enabled: true);
        }
    }

    /// <summary>Stops the ring; the device touches no memory of it from here on.</summary>
    /// <returns>Where to go on.</returns>
    public uint Stop() => _frontend.GetVringBase(Index);

    /// <summary>Closes the descriptors; the backend's copies of them stay open until it has new ones.</summary>
    public void Dispose()
    {
        Kick.Dispose();
        Call.Dispose();
        Error.Dispose();
    }
}
