using FastRing.Interop;

namespace FastRing.Queues;

/// <summary>
/// A ring whose writes to guest memory are marked in a log, and those to the buffers popped from it. Chosen when a ring starts, as every other kind is: rings without
/// a log know nothing of it. Marks come after the writes, and those of buffers before the driver sees them used.
/// </summary>
internal struct LoggedRing<TRing> : IDeviceRing
    where TRing : struct, IDeviceRing
{
    /// <summary>Buffers of a chain that are remembered in an array which stays; a driver that has longer ones, of all ids, must not make us keep as many.</summary>
    private const int MostKept = 2;

    private readonly RingLog _log;
    private readonly RingWrites _writes;
    private readonly IoVector[]?[] _writable; // By chain id: the buffers the device may write to.
    private TRing _ring;

    public LoggedRing(in TRing ring, in VirtqueueSetup setup)
    {
        _ring = ring;
        _log = setup.Log!;
        _writes = new RingWrites(setup, _log, ring.Written);
        _writable = new IoVector[]?[setup.Size];
        if (setup.Inflight is not null)
        {
            _writes.Descriptors(); // What was in flight may have been put back on the ring.
        }
    }

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
        VirtqueueError error = _ring.Pop(ref sink);
        if (_log.Buffers)
        {
            foreach (ref readonly DescriptorChain chain in sink.Chains[before..sink.ChainCount])
            {
                Remember(chain, sink.Segments);
            }
        }

        return error;
    }

    public void Complete(ReadOnlySpan<DescriptorChain> chains)
    {
        uint before = _ring.Base;
        foreach (ref readonly DescriptorChain chain in chains)
        {
            if (chain.Written > 0 && _log.Buffers)
            {
                MarkFront(_writable[chain.Id], chain.Written);
            }

            ref IoVector[]? known = ref _writable[chain.Id];
            known = known is { Length: > MostKept } ? null : known;
        }

        _ring.Complete(chains);
        _writes.Used(before, _ring.Base);
    }

    public void Touched(ReadOnlySpan<IoVector> buffers)
    {
        if (_log.Buffers)
        {
            MarkFront(buffers, ulong.MaxValue);
        }
    }

    public void Rewind() => _ring.Rewind();

    public void Publish()
    {
        uint before = _ring.PublishedBase;
        _ring.Publish();
        _writes.Used(before, _ring.PublishedBase); // In order, elements kept back are written only now.
        _writes.Index();
        _log.Log.Tell();
    }

    public bool DriverWantsNotification() => _ring.DriverWantsNotification();

    public void RequestNotifications()
    {
        _ring.RequestNotifications();
        _writes.Asked();
        _log.Log.Tell();
    }

    public void SuppressNotifications()
    {
        _ring.SuppressNotifications();
        _writes.Asked();
    }

    public readonly RingSnapshot Snapshot() => _ring.Snapshot();

    public bool Leave()
    {
        bool wrote = _ring.Leave();
        if (wrote)
        {
            _writes.Descriptors();
        }

        return wrote;
    }

    private readonly void Remember(in DescriptorChain chain, ReadOnlySpan<IoVector> segments)
    {
        ReadOnlySpan<IoVector> writable = segments.Slice(chain.FirstSegment + chain.ReadableSegments, chain.WritableSegments);
        ref IoVector[]? known = ref _writable[chain.Id];
        if (known is null || known.Length < writable.Length)
        {
            known = new IoVector[writable.Length];
        }

        writable.CopyTo(known);
        known.AsSpan(writable.Length).Clear();
    }

    private readonly void MarkFront(ReadOnlySpan<IoVector> buffers, ulong bytes)
    {
        foreach (IoVector buffer in buffers)
        {
            if (bytes == 0)
            {
                return;
            }

            nuint length = (nuint)Math.Min(buffer.Length, bytes);
            _log.Log.Mark(buffer.Slice(0, length), _log.Memory);
            bytes -= length;
        }
    }
}
