using FastRing.Memory;
using FastRing.Spec;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>
/// A session's IOTLB and the rings that depend on it. A change takes effect before it is answered: a ring that uses what changes, for its areas or for a chain the device
/// has not given back, is stopped first, as for a change of the memory map, and started again behind it.
/// </summary>
internal sealed class Translations(Session session)
{
    private readonly Iotlb _iotlb = new();

    /// <summary>The driver's addresses, and the rings' in messages, are I/O virtual ones.</summary>
    public bool AreUsed => (session.Features & VirtioFeatures.AccessPlatform) != 0;

    public Iotlb Iotlb => _iotlb;

    public void Update(in IotlbMessage told, nint host)
    {
        IovaRange range = IovaRange.Of(told.Address, told.SizeBytes);
        if (!_iotlb.Knows(range, told.Frontend))
        {
            PauseUsers(range); // What it was before, if it was anything, is no more.
        }

        _iotlb.Add(range, told.Frontend, host, told.Access);
        session.Resume();
        foreach (Vring ring in session.Rings)
        {
            ring.TranslationsCame(range);
        }
    }

    public void Invalidate(IovaRange range)
    {
        PauseUsers(range);
        _iotlb.Remove(range);
        session.Resume();
    }

    /// <summary>The memory map changed while all rings are stopped.</summary>
    public void Rebind() => _iotlb.Rebind(session.Memory.Current);

    /// <summary>Frontends tell of no invalidation while no ring runs: what was known is too old when one starts.</summary>
    public void ForgetUnlessUsed()
    {
        if (!session.AnyRingRuns)
        {
            _iotlb.Clear();
        }
    }

    /// <summary>There is another channel to ask on.</summary>
    public void AskAgain()
    {
        foreach (Vring ring in session.Rings)
        {
            ring.AskAgain();
        }
    }

    private void PauseUsers(IovaRange range)
    {
        foreach (Vring ring in session.Rings)
        {
            if (ring.Uses(range))
            {
                ring.Pause();
            }
        }
    }
}
