namespace FastRing.Queues;

/// <summary>Carries a used-buffer notification to the driver (an interrupt). Called at most once for a published batch.</summary>
public interface INotifier
{
    /// <summary>Notifies the driver. Must not block and must not throw.</summary>
    void Notify();
}
