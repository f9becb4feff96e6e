using System.Diagnostics;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads.Chains;

/// <summary>
/// One thread; a round: the driver makes the chains available, the device pops, resolves and completes each of them, publishes once, and
/// decides about one notification.
/// </summary>
internal sealed class ChainLoop<TDriver, TPopped>(TDriver driver, TPopped popped, RingPair pair, ChainShape shape, bool copy) : IChainLoop
    where TDriver : struct, IChainDriver
    where TPopped : struct, IPopped
{
    private readonly Virtqueue _device = pair.CreateDevice();
    private readonly byte[] _private = new byte[ChainShape.BufferBytes];
    private TDriver _driver = driver; // Mutable structs: never readonly, never copied.
    private TPopped _popped = popped;

    /// <summary>Runs rounds and returns nanoseconds per chain.</summary>
    public double Run(int rounds)
    {
        long chains = 0; // The loop's own: what the ring's counters cost is seen beside a ring without them.
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
        {
            chains += Round();
        }

        double ns = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        return chains == (long)rounds * shape.Chains && _device.Error == VirtqueueError.None
            ? ns / chains
            : throw new InvalidOperationException($"{chains} chains in {rounds} rounds: {_device.Error}");
    }

    /// <returns>Chains popped.</returns>
    private int Round()
    {
        int chains = 0;
        _driver.Offer();
        for (int count = _popped.Pop(_device); count > 0; count = _popped.Pop(_device))
        {
            if (copy)
            {
                CopyOut();
            }

            _popped.Complete(_device, 0, count);
            chains += count;
        }

        _device.Publish();
        if (pair.Ring.HasEventIndex)
        {
            _device.EnableNotifications();
        }

        _driver.Collect();
        return chains;
    }

    private void CopyOut()
    {
        Span<byte> to = _private;
        foreach (IoVector segment in _popped.Segments)
        {
            segment.Span.CopyTo(to);
        }
    }
}
