using FastRing.Interop;

namespace FastRing.Queues;

/// <summary>A packed ring of which is kept what is in flight, for the process after this one: see <see cref="SplitInflightRing{TRing}"/>.</summary>
internal struct PackedInflightRing<TRing>(in TRing ring, PackedInflight inflight) : IDeviceRing
    where TRing : struct, IPackedRing
{
    private readonly PackedInflight _inflight = inflight;
    private TRing _ring = ring;

    public readonly ushort Size => _ring.Size;

    public readonly (nint Descriptors, nint Device) Written => _ring.Written;

    public readonly bool HasTaken => _ring.HasTaken;

    public readonly bool IsWaiting => _ring.IsWaiting;

    public readonly uint Base => _ring.Base;

    public readonly uint PublishedBase => _ring.PublishedBase;

    public readonly bool HasUnpublished => _ring.HasUnpublished;

    public readonly uint Undecided => _ring.Undecided;

    public VirtqueueError Look(out bool isAvailable) => _ring.Look(out isAvailable);

    public VirtqueueError Pop(ref ChainSink sink)
    {
        int before = sink.ChainCount;
        PackedPosition from = _ring.Got;
        VirtqueueError error = _ring.Pop(ref sink);
        ReadOnlySpan<DescriptorChain> popped = sink.Chains[before..sink.ChainCount];
        int kept = _inflight.Popped(popped, from);
        if (kept == popped.Length)
        {
            return error;
        }

        // The device does not see what can't be kept: an id that is in flight already.
        sink.SegmentCount = popped[kept].FirstSegment;
        sink.ChainCount = before + kept;
        return VirtqueueError.BufferIdInFlight;
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
        _inflight.PutBack(Completed);
    }

    public void Publish()
    {
        _inflight.Link(Completed);
        _ring.Publish();
        _inflight.Published();
    }

    public bool DriverWantsNotification() => _ring.DriverWantsNotification();

    public void RequestNotifications() => _ring.RequestNotifications();

    public void SuppressNotifications() => _ring.SuppressNotifications();

    public readonly RingSnapshot Snapshot() => _ring.Snapshot();

    public bool Leave() => _inflight.PutBack(Completed);

    private readonly PackedPosition Completed => new((ushort)_ring.Base);
}
