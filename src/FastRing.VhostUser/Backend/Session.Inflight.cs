using FastRing.Devices.Recovery;

namespace FastRing.VhostUser.Backend;

/// <content>What is kept for the process after this one.</content>
internal sealed partial class Session
{
    /// <summary>Where it is kept; null: the frontend wants none of it.</summary>
    public InflightArea? Inflight { get; private set; }

    /// <summary>Keeps what is in flight in an area from now on: one that is new, or one from which rings and device go on. While no ring runs.</summary>
    /// <param name="area">The area; the session's from here on.</param>
    /// <returns>Null; or why it can't be that one. Then there is none.</returns>
    public string? Track(InflightArea area)
    {
        if (Inflight is { } current && area.Is(current))
        {
            area.Dispose(); // QEMU says it again whenever it starts the rings.
            return null;
        }

        EndInflight();
        string? why = WhyNotTracked(area);
        if (why is not null)
        {
            area.Dispose();
            return why;
        }

        area.Begin();
        Inflight = area;
        return null;
    }

    private string? WhyNotTracked(InflightArea area)
    {
        if (Array.Find(_rings, ring => ring.Size != 0 && !area.Fits(ring.Index, ring.Size)) is { } ring)
        {
            return $"queue_size: ring {ring.Index} of {ring.Size} entries has no region";
        }

        bool isNew = area.IsNew;
        string? why = area.WhyNot(Device.DeviceId, Features);
        if (why is null && isNew)
        {
            area.Clear(Features);
        }

        return why ?? (Device as IRecoverableDevice)?.BeginRecovery(area.DevicePart, isNew);
    }

    /// <summary>The area stays as it is, for whoever goes on from it.</summary>
    private void EndInflight()
    {
        if (Inflight is { } area)
        {
            Inflight = null;
            Guarded(() => (Device as IRecoverableDevice)?.EndRecovery());
            area.Dispose();
        }
    }
}
