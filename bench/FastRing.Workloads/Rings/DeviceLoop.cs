using FastRing.Queues;

namespace FastRing.Workloads.Rings;

/// <summary>The device's thread: what Linux's ringtest calls the host.</summary>
/// <param name="queue">The device's end.</param>
/// <param name="wait">What to do in between.</param>
/// <param name="popped">How it holds what it popped.</param>
internal sealed class DeviceLoop<TWait, TPopped>(Virtqueue queue, TWait wait, TPopped popped) : IDeviceLoop
    where TWait : struct, IWait
    where TPopped : struct, IPopped
{
    private TPopped _popped = popped; // Mutable struct: never readonly, never copied.

    /// <inheritdoc/>
    public void RunExact(int messages)
    {
        for (int left = messages; left > 0;)
        {
            int count = _popped.Pop(queue);
            left -= count;
            if (count == 0)
            {
                wait.ForAvailable(queue);
            }

            for (int i = 0; i < count; i++)
            {
                _popped.Complete(queue, i, 1);
                wait.Publish(queue);
            }
        }
    }

    /// <inheritdoc/>
    public void RunBatched(int messages)
    {
        for (int left = messages; left > 0;)
        {
            int count = _popped.Pop(queue);
            left -= count;
            if (count > 0)
            {
                _popped.Complete(queue, 0, count);
                wait.Publish(queue);
            }
            else
            {
                wait.ForAvailable(queue);
            }
        }
    }
}
