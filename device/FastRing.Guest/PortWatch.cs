namespace FastRing.Guest;

/// <summary>
/// Waits until ports may have changed: soon after a port's file came or went (inotify on /dev), else after a pause that grows.
/// The pause is needed anyway: the name, the link and the permissions come after the file, and /sys tells nobody.
/// </summary>
internal sealed class PortWatch : IDisposable
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    private readonly PortLatch _changed = new();
    private readonly FileSystemWatcher? _files;
    private TimeSpan _pause = Shortest;

    public PortWatch(string devices)
    {
        try
        {
            _files = new FileSystemWatcher(devices, "vport*") { NotifyFilter = NotifyFilters.FileName };
            _files.Created += (_, _) => _changed.Set();
            _files.Deleted += (_, _) => _changed.Set();
            _files.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // No /dev to watch, or this user has no inotify instance left: the pauses alone will do.
        }
    }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        bool changed = await _changed.WaitAsync(_pause, cancellationToken).ConfigureAwait(false);
        _pause = changed ? Shortest : TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, Longest.Ticks));
    }

    public void Dispose() => _files?.Dispose();
}
