using FastRing.Queues;

namespace FastRing.Workloads.Chains;

/// <summary>FastRing's own driver end: adds a round's chains, publishes once, and takes all back.</summary>
internal readonly struct RealChainDriver(RingPair pair, ChainShape shape) : IChainDriver
{
    private readonly DriverVirtqueue _queue = pair.CreateDriver();

    public void Offer()
    {
        if (shape.Descriptors == 1)
        {
            OfferSingles();
        }
        else
        {
            OfferChains();
        }

        _queue.Publish();
    }

    public void Collect()
    {
        while (_queue.TryTakeUsed(out _))
        {
        }
    }

    private void OfferSingles()
    {
        for (int chain = 0; chain < shape.Chains; chain++)
        {
            _queue.TryAdd(new DriverBuffer(shape.Buffer(chain, 0), ChainShape.BufferBytes), writable: false, (ulong)chain);
        }
    }

    private void OfferChains()
    {
        Span<DriverBuffer> buffers = stackalloc DriverBuffer[shape.Descriptors];
        for (int chain = 0; chain < shape.Chains; chain++)
        {
            for (int i = 0; i < buffers.Length; i++)
            {
                buffers[i] = new DriverBuffer(shape.Buffer(chain, i), ChainShape.BufferBytes);
            }

            _queue.TryAdd(buffers, [], (ulong)chain);
        }
    }
}
