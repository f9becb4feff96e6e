namespace FastRing.Queues;

/// <summary>The device side of a virtqueue over one ring layout.</summary>
internal sealed class Virtqueue<TRing> : Virtqueue
    where TRing : struct, IDeviceRing
{
    private TRing _ring; // Mutable struct: never readonly, never copied.
    private bool _isUndecided; // Something was published, and nobody has asked yet whether to notify of it.

    public Virtqueue(in TRing ring)
        : base(ring.Size) => _ring = ring;

    public override bool HasAvailable => CountAvailable() > 0;

    public override uint Base => _ring.Base;

    public override int Pop(ChainBatch batch)
    {
        int popped = 0;
        for (int left = CountAvailable(); left > 0; left = left > 1 ? left - 1 : CountAvailable())
        {
            if (!batch.TryOpen())
            {
                break;
            }

            VirtqueueError error = _ring.Pop(batch, out bool indirect);
            if (error != VirtqueueError.None)
            {
                // A full batch is no error: the chain is taken next time.
                Error = error == ChainBatch.Full ? VirtqueueError.None : error;
                break;
            }

            popped++;
            Counters.IndirectChains += indirect ? 1UL : 0;
        }

        Counters.Chains += (ulong)popped;
        return popped;
    }

    public override void Complete(ChainBatch batch, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _ring.Complete(batch[i]);
        }

        batch.RemoveFront(count);
    }

    public override void PutBack(ChainBatch batch)
    {
        batch.Clear();
        _ring.Rewind();
    }

    public override void PublishQuietly()
    {
        if (_ring.HasUnpublished && Error == VirtqueueError.None)
        {
            _ring.Publish();
            _isUndecided = true;
            Counters.Publications++;
        }
    }

    public override bool NotificationDue()
    {
        if (!_isUndecided || Error != VirtqueueError.None)
        {
            return false;
        }

        _isUndecided = false;
        bool wanted = _ring.DriverWantsNotification();
        Counters.NotificationsSuppressed += wanted ? 0UL : 1;
        return wanted;
    }

    public override bool EnableNotifications()
    {
        if (Error != VirtqueueError.None)
        {
            return false;
        }

        if (!IsPolled)
        {
            _ring.RequestNotifications();
        }

        return CountAvailable() > 0;
    }

    public override void SuppressNotifications() => _ring.SuppressNotifications();

    private int CountAvailable()
    {
        if (Error != VirtqueueError.None)
        {
            return 0;
        }

        Error = _ring.CountAvailable(out int chains);
        return chains;
    }
}
