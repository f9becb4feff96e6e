using FastRing.Queues;

namespace FastRing.Benchmarks.Queues;

/// <summary>Notifies nobody: what a notification costs beyond the decision is the transport's.</summary>
internal sealed class CountingNotifier : INotifier
{
    public ulong Notifications { get; private set; }

    public void Notify() => Notifications++;
}
