using System.Diagnostics;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>
/// Moves a device of a running guest from one backend to another, as its VMM does: memory is copied in rounds while the guest runs, as the backend's log of dirty pages
/// and the VMM's own say; then the guest is paused, its rings stop, what is dirty still is copied, and the device's state goes along.
/// </summary>
/// <param name="source">The backend that has it. <see cref="ProtocolFeatures.LogSharedMemory"/> and <see cref="ProtocolFeatures.DeviceState"/> are negotiated.</param>
/// <param name="features">Feature bits in force, as <see cref="VhostUserFrontend.SetFeatures"/> has them.</param>
/// <param name="rings">The rings that run: number and addresses, with <see cref="VringAddresses.Log"/> set to the guest address of the device area.</param>
public sealed class LiveMigration(VhostUserFrontend source, ulong features, IReadOnlyList<(int Index, VringAddresses Addresses)> rings)
{
    /// <summary>Does all of it. When it throws before <see cref="IMigrationDestination.Start"/> was called, the guest is where it was, and runs.</summary>
    /// <exception cref="VhostUserException">A backend refused something, or is gone.</exception>
    public MigrationReport Run(IMigratingGuest guest, IMigrationDestination destination, MigrationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(guest);
        ArgumentNullException.ThrowIfNull(destination);
        options ??= new MigrationOptions();
        using var log = new DirtyPages(guest.MemoryEnd);
        List<uint>? bases = null;
        var dirty = new HashSet<ulong>();
        bool hasMoved = false;
        try
        {
            log.ShareWith(source);
            SetLogging(true);
            guest.CopyAll();
            (int rounds, long pages) = CopyInRounds(guest, log, dirty, options);

            long paused = Stopwatch.GetTimestamp();
            guest.Pause();
            bases = [];
            foreach ((int index, _) in rings)
            {
                bases.Add(source.GetVringBase(index));
            }

            long stopped = Stopwatch.GetTimestamp();
            Collect(guest, log, dirty); // Rings stand: nothing is marked any more.
            guest.Copy(dirty);
            TimeSpan copying = Stopwatch.GetElapsedTime(stopped);
            byte[] state = source.SaveDeviceState();
            destination.Load(new MigratedDevice(state, bases));
            hasMoved = true;
            destination.Start();
            TimeSpan pause = Stopwatch.GetElapsedTime(paused);
            return new MigrationReport(rounds, pages, dirty.Count, state.Length, pause, pause - copying);
        }
        catch when (!hasMoved)
        {
            Undo(guest, bases);
            throw;
        }
    }

    /// <summary>Each of it is tried, though the source may be gone: what went wrong first says more.</summary>
    private void Undo(IMigratingGuest guest, List<uint>? bases)
    {
        Try(() => SetLogging(false));
        Try(() => guest.GoOn(bases));
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (IOException)
        {
            // Of the backend, or of the socket to it.
        }
    }

    private static (int Rounds, long Pages) CopyInRounds(IMigratingGuest guest, DirtyPages log, HashSet<ulong> dirty, MigrationOptions options)
    {
        long pages = 0;
        for (int round = 0; round < options.MaxRounds; round++)
        {
            Collect(guest, log, dirty);
            if (dirty.Count <= options.FewPages)
            {
                return (round, pages);
            }

            guest.Copy(dirty);
            pages += dirty.Count;
            dirty.Clear();
        }

        return (options.MaxRounds, pages);
    }

    private static void Collect(IMigratingGuest guest, DirtyPages log, HashSet<ulong> dirty)
    {
        log.TakeTo(dirty);
        guest.CollectDirty(dirty);
    }

    private void SetLogging(bool on)
    {
        source.SetFeatures(features | (on ? VhostUserFeatures.LogAll : 0));
        foreach ((int index, VringAddresses addresses) in rings)
        {
            source.SetVringAddr(index, addresses with { IsLogged = on });
        }
    }
}
