using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>The migration of a <see cref="FrontendSession"/>: its driver stays in this process, and its memory becomes another file.</summary>
/// <param name="session">The session.</param>
/// <param name="destination">The other backend; nothing was said to it yet.</param>
/// <param name="copy">The other memory.</param>
/// <param name="pause">Has the driver stand still.</param>
internal sealed class SessionMigration(FrontendSession session, VhostUserFrontend destination, DriverMemory copy, Action pause) : IMigratingGuest, IMigrationDestination
{
    private const int PageBytes = (int)DirtyLog.PageBytes;

    private bool _isPaused;
    private InflightBuffer? _inflight; // The destination's.

    public ulong MemoryEnd => copy.Region.Guest.Value + copy.Region.SizeBytes;

    /// <summary>Settles what both sides understand; the device hears of it only with its state.</summary>
    /// <exception cref="VhostUserException">The destination has not all that the driver was promised.</exception>
    public void Negotiate()
    {
        destination.SetOwner();
        ulong missing = session.ChosenFeatures & ~destination.GetFeatures();
        if (missing != 0)
        {
            throw new VhostUserException(VhostUserRequest.GetFeatures, $"features: the destination does not offer 0x{missing:x}");
        }

        destination.SetProtocolFeatures(session.Frontend.ProtocolFeatures & destination.GetProtocolFeatures());
    }

    public void CopyAll() => Copy(Enumerable.Range(0, (int)(copy.Region.SizeBytes / PageBytes)).Select(page => FirstPage + (ulong)page));

    public void Copy(IReadOnlyCollection<ulong> pages) => Copy((IEnumerable<ulong>)pages);

    /// <summary>Nothing tells what a thread of this process writes: while the driver stands still, what differs is looked for.</summary>
    public void CollectDirty(ISet<ulong> pages)
    {
        for (ulong page = FirstPage; _isPaused && page < FirstPage + (copy.Region.SizeBytes / PageBytes); page++)
        {
            if (!Page(session.Memory, page).SequenceEqual(Page(copy, page)))
            {
                pages.Add(page);
            }
        }
    }

    public void Pause()
    {
        pause();
        _isPaused = true;
    }

    public void GoOn(IReadOnlyList<uint>? bases)
    {
        for (int i = 0; i < (bases?.Count ?? 0); i++)
        {
            session.Queues[i].Start(bases![i]);
        }
    }

    public void Load(MigratedDevice device)
    {
        destination.LoadDeviceState(device.State);
        destination.SetFeatures(session.ChosenFeatures);
        destination.SetMemTable([copy.Region], [copy.File]);
        for (int i = 0; i < device.Bases.Count; i++)
        {
            session.Queues[i].SetUp(destination, device.Bases[i]);
        }

        _inflight = session.TrackOn(destination);
    }

    public void Start()
    {
        session.MoveTo(destination, copy, _inflight);
        foreach (FrontendQueue queue in session.Queues)
        {
            queue.Go(destination);
        }
    }

    private ulong FirstPage => copy.Region.Guest.Value / PageBytes;

    private static Span<byte> Page(DriverMemory memory, ulong page) => memory.Bytes(new GuestAddress(page * PageBytes), PageBytes);

    private void Copy(IEnumerable<ulong> pages)
    {
        foreach (ulong page in pages)
        {
            Page(session.Memory, page).CopyTo(Page(copy, page));
        }
    }
}
