using FastRing.Interop;

namespace FastRing.Workers;

/// <content>Memory whose file has shrunk.</content>
public sealed partial class Worker
{
    private ulong _lossesSeen = MappedRegion.Losses;

    /// <summary>
    /// Raised on the worker's thread soon after it, or another thread, found some mapping lost, not necessarily one of its own: see <see cref="MappedRegion.IsLost"/>. A worker that sleeps
    /// finds out when it wakes. Worker thread only.
    /// </summary>
    public event Action? MemoryLost;

    private void LookForLosses()
    {
        ulong losses = MappedRegion.Losses;
        if (losses != _lossesSeen)
        {
            _lossesSeen = losses;
            foreach (Delegate told in MemoryLost?.GetInvocationList() ?? [])
            {
                Guarded((Action)told); // Each: nobody goes on with zeros because another failed.
            }
        }
    }
}
