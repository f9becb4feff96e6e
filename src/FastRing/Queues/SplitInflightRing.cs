using FastRing.Interop;

namespace FastRing.Queues;

/// <summary>
/// A split ring of which is kept what is in flight, for the process after this one. Chosen when a ring starts, as every other kind is: rings of which nothing is kept know nothing of it.
/// </summary>
internal struct SplitInflightRing<TRing>(in TRing ring, SplitInflight inflight) : IDeviceRing
    where TRing : struct, ISplitRing
{
    private readonly SplitInflight _inflight = inflight;
    private TRing _ring = ring;

    public readonly ushort Size => _ring.Size;

    public readonly (nint Descriptors, nint Device) Written => _ring.Written;

    public readonly bool HasTaken => _ring.HasTaken;

    public readonly bool IsWaiting => _ring.IsWaiting;

    public readonly uint Base => _ring.Base;

    public readonly uint PublishedBase => _ring.PublishedBase;

    public readonly bool HasUnpublished => _ring.HasUnpublished;

    public readonly uint Undecided => _ring.Undecided;

    public VirtqueueError Look(out bool isAvailable)
    {
        isAvailable = _inflight.TryNextAgain(out _);
        return isAvailable ? VirtqueueError.None : _ring.Look(out isAvailable);
    }

    /// <summary>What was in flight before comes first, in its order (vhost-user: "resubmit inflight entries in order of their counter value").</summary>
    public VirtqueueError Pop(ref ChainSink sink)
    {
        while (_inflight.TryNextAgain(out ushort head))
        {
            VirtqueueError again = sink.ChainRoom > 0 ? _ring.TakeAgain(head, ref sink) : VirtqueueError.NotTranslated;
            if (again != VirtqueueError.None)
            {
                return again == VirtqueueError.NotTranslated ? VirtqueueError.None : again;
            }

            _inflight.TookAgain();
        }

        int before = sink.ChainCount;
        VirtqueueError error = _ring.Pop(ref sink);
        _inflight.Popped(sink.Chains[before..sink.ChainCount]);
        return error;
    }

    public void Complete(ReadOnlySpan<DescriptorChain> chains)
    {
        _ring.Complete(chains);
        _inflight.Completed(chains);
    }

    public void Touched(ReadOnlySpan<IoVector> buffers) => _ring.Touched(buffers);

    public void Rewind()
    {
        _ring.Rewind();
        _inflight.PutBack((ushort)_ring.Base);
    }

    public void Publish()
    {
        _inflight.Link();
        _ring.Publish();
        _inflight.Published((ushort)_ring.PublishedBase);
    }

    public bool DriverWantsNotification() => _ring.DriverWantsNotification();

    public void RequestNotifications() => _ring.RequestNotifications();

    public void SuppressNotifications() => _ring.SuppressNotifications();

    public readonly RingSnapshot Snapshot() => _ring.Snapshot();

    public bool Leave()
    {
        _inflight.PutBack((ushort)_ring.Base);
        return false;
    }
}
