using System.Numerics;
using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.VhostUser.Frontend;

/// <summary>
/// A log of dirty pages as a frontend has it: given to a backend, which marks in it what it writes, and looked through round after round of a live migration.
/// </summary>
public sealed class DirtyPages : IDisposable
{
    private readonly OwnedFd _file;
    private readonly DirtyLog _log;

    /// <summary>Makes an empty log.</summary>
    /// <param name="end">First guest address behind the guest's memory.</param>
    /// <exception cref="LinuxException">There is no memory for it.</exception>
    public DirtyPages(ulong end)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        SizeBytes = (DirtyLog.BytesFor(Math.Max(end, 1)) + page - 1) & ~(page - 1);
        _file = MemFd.Create("fastring-log", SizeBytes);
        try
        {
            _log = DirtyLog.Map(_file, 0, SizeBytes);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the log.</summary>
    public ulong SizeBytes { get; }

    /// <summary>Gives the log to a backend.</summary>
    /// <exception cref="VhostUserException">It did not take it.</exception>
    public void ShareWith(VhostUserFrontend frontend) => frontend.SetLogBase(_file, SizeBytes);

    /// <summary>Takes the marks there are: what is copied after this has all that was written before them.</summary>
    /// <param name="pages">Gets the numbers of the pages marked, of 4096 bytes each, beside those that are in it.</param>
    public void TakeTo(ISet<ulong> pages)
    {
        for (ulong first = 0; first < SizeBytes * 8; first += 32)
        {
            for (uint marks = _log.Take(first); marks != 0; marks &= marks - 1)
            {
                pages.Add(first + (ulong)BitOperations.TrailingZeroCount(marks));
            }
        }
    }

    /// <summary>Unmaps and closes it; a backend's map of it stays.</summary>
    public void Dispose()
    {
        _log.Dispose();
        _file.Dispose();
    }
}
