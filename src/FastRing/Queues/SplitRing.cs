using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The device side of a split ring (virtio 1.2, 2.7).
/// <para>
/// Get: <c>avail.idx</c> is read with acquire, and again only when all chains it spoke of are taken, so that its cache line stays with the driver
/// meanwhile. A step of more than the ring's size is the driver's error. Each ring entry and each descriptor is read once, into a local, and only
/// the local is checked and used: the driver may rewrite them at any moment. Indices that come from the driver are compared or masked, never trusted.
/// </para>
/// <para>
/// Complete: used elements are written behind the complete cursor and shown with one release store of <c>used.idx</c> a batch.
/// With <c>VIRTIO_F_IN_ORDER</c> one element stands for a run of chains (2.7.9), as long as no written length would be lost.
/// </para>
/// <para>
/// Notifications, both ways, are store-then-load on both sides, so each needs a full fence: ours after <c>used.idx</c> and before
/// <c>used_event</c>/<c>avail.flags</c> pairs with the driver's between its <c>used_event</c> store and its re-read of <c>used.idx</c>; ours after
/// <c>avail_event</c>/<c>used.flags</c> and before the re-read of <c>avail.idx</c> pairs with the driver's between its <c>avail.idx</c> store
/// and its load of <c>avail_event</c>.
/// </para>
/// </summary>
internal unsafe partial struct SplitRing<TEventIndex, TInOrder, TMemory> : ISplitRing
    where TEventIndex : struct, IFeature
    where TInOrder : struct, IFeature
    where TMemory : struct, IRingMemory
{
    private readonly SplitRingAreas _areas;
    private readonly TMemory _memory;
    private readonly ushort _mask;
    private readonly bool _indirectAllowed;
    private readonly IndirectTable _indirect;
    private RegionWindow _window;
    private SplitCursors _at;

    public SplitRing(in VirtqueueSetup setup, in SplitRingAreas areas, ushort start, in TMemory memory)
    {
        _areas = areas;
        _memory = memory;
        _mask = (ushort)(setup.Size - 1);
        _indirectAllowed = (setup.Features & VirtioFeatures.IndirectDescriptors) != 0;
        _indirect = new IndirectTable((ushort)setup.Size);
        _at.Available = _at.Got = _at.Completed = _at.Published = _at.Asked = start;
    }

    public readonly ushort Size => (ushort)(_mask + 1);

    public readonly (nint Descriptors, nint Device) Written => ((nint)_areas.Descriptors, (nint)_areas.UsedFlags);

    public readonly uint Base => _at.Completed;

    public readonly uint PublishedBase => _at.Published;

    public readonly bool HasTaken => _at.Got != _at.Completed;

    public readonly bool IsWaiting => _memory.IsWaiting;

    public readonly bool HasUnpublished => _at.Completed != _at.Published;

    public readonly uint Undecided => _at.Undecided;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VirtqueueError Look(out bool isAvailable)
    {
        VirtqueueError error = CountAvailable(out int chains);
        isAvailable = chains != 0;
        return error;
    }

    public VirtqueueError Pop(ref ChainSink sink)
    {
        if (!TMemory.IsPhysical && _memory.IsWaiting)
        {
            return VirtqueueError.None;
        }

        VirtqueueError error = CountAvailable(out int available);
        uint left = (uint)Math.Min(available, sink.ChainRoom);
        while (error == VirtqueueError.None && left > 0)
        {
            // To the end of the available ring at most: the loops need not wrap.
            uint row = Math.Min(left, (uint)(Size - (_at.Got & _mask)));
            uint taken = 0;
            if (TMemory.IsPhysical)
            {
                taken = TakeSingles(ref sink, row);
                taken += taken < row ? TakeChains(ref sink, row - taken) : 0;
                taken += taken < row && _indirectAllowed ? TakeTables(ref sink, row - taken) : 0;
            }

            left -= taken;
            if (taken < row)
            {
                error = TakeSlow(ref sink);
                left--;
            }
        }

        // A chain whose translation is not known yet stays where it is: no error.
        return TMemory.IsPhysical || error != VirtqueueError.NotTranslated ? error : VirtqueueError.None;
    }

    public void Complete(ReadOnlySpan<DescriptorChain> chains)
    {
        // SAFETY: masked, so inside the used ring. One 8-byte store writes id and len; the area is 4-byte aligned only, and the
        // driver reads it after used.idx, so it need not be atomic.
        if (chains.Length > (ushort)(_at.Got - _at.Completed))
        {
            throw new InvalidOperationException(IDeviceRing.TooManyCompleted);
        }

        ulong* ring = _areas.UsedRing;
        uint mask = _mask;
        uint completed = _at.Completed;
        foreach (ref readonly DescriptorChain chain in chains)
        {
            if (TInOrder.IsNegotiated)
            {
                CompleteInOrder(chain, (ushort)completed);
            }
            else
            {
                Unsafe.WriteUnaligned(ring + (completed & mask), chain.UsedElement);
            }

            if (!TMemory.IsPhysical)
            {
                _memory.GiveBack(chain.Id);
            }

            completed++;
        }

        _at.Completed = (ushort)completed;
    }

    public readonly void Touched(ReadOnlySpan<IoVector> buffers)
    {
    }

    public void Rewind()
    {
        _memory.GiveBackAll();
        _at.Got = _at.Completed;
    }

    public void Publish()
    {
        if (TInOrder.IsNegotiated)
        {
            EndRun();
        }

        _at.Undecided = Math.Min(_at.Undecided + (ushort)(_at.Completed - _at.Published), ushort.MaxValue + 1);

        // Release: pairs with the driver's acquire of used.idx; it reads the elements after it.
        Volatile.Write(ref *_areas.UsedIndex, _at.Completed);
        _at.Published = _at.Completed;
    }

    public bool DriverWantsNotification()
    {
        // Store-load: pairs with the driver's fence between used_event (or avail.flags) and its re-read of used.idx.
        Interlocked.MemoryBarrier();
        ushort before = _at.Signalled;
        bool known = _at.IsSignalledValid && _at.Undecided <= ushort.MaxValue;
        _at.Undecided = 0;
        if (!TEventIndex.IsNegotiated)
        {
            return (Volatile.Read(ref *_areas.AvailableFlags) & RingFlags.NoInterrupt) == 0;
        }

        _at.Signalled = _at.Published;
        _at.IsSignalledValid = true;

        // Where the ring was before it was started here, nobody knows what was signalled: the first publication always is.
        return !known || EventIndex.Passed(Volatile.Read(ref *_areas.UsedEvent), _at.Published, before);
    }

    public void RequestNotifications()
    {
        if (TEventIndex.IsNegotiated)
        {
            _at.Asked = _at.Got;
            Volatile.Write(ref *_areas.AvailableEvent, _at.Got);
        }
        else
        {
            Volatile.Write(ref *_areas.UsedFlags, 0);
        }

        // Store-load: pairs with the driver's fence between avail.idx and its load of avail_event (or used.flags).
        Interlocked.MemoryBarrier();
        _at.Available = _at.Got; // What is known is too old now: the next look must be at avail.idx.
    }

    public void SuppressNotifications()
    {
        if (!TEventIndex.IsNegotiated)
        {
            if (Volatile.Read(ref *_areas.UsedFlags) != RingFlags.NoNotify)
            {
                Volatile.Write(ref *_areas.UsedFlags, RingFlags.NoNotify);
            }
        }
        else if ((ushort)(_at.Got - _at.Asked) > 0x4000)
        {
            // The driver notifies when its index passes avail_event, which it has done and does again after 65536 buffers: kept behind, it never does.
            _at.Asked = (ushort)(_at.Got - 1);
            Volatile.Write(ref *_areas.AvailableEvent, _at.Asked);
        }
    }

    public readonly bool Leave() => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private VirtqueueError CountAvailable(out int chains)
    {
        chains = (ushort)(_at.Available - _at.Got);
        return chains != 0 ? VirtqueueError.None : ReadAvailableIndex(out chains);
    }

    private VirtqueueError ReadAvailableIndex(out int chains)
    {
        // Acquire: pairs with the driver's release of avail.idx; ring entries and descriptors are read after it.
        ushort available = Volatile.Read(ref *_areas.AvailableIndex);
        ushort count = (ushort)(available - _at.Got);

        // Counted from what the driver has seen come back, so that a driver which never waits for it can't keep a device popping.
        bool jumped = count > Size || count + (ushort)(_at.Got - _at.Published) > Size;
        chains = jumped ? 0 : count;
        _at.Available = jumped ? _at.Got : available;
        return jumped ? VirtqueueError.AvailableIndexJumped : VirtqueueError.None;
    }

    /// <summary>Lets the element kept back stand for this chain too, if the driver loses nothing by it; the driver takes skipped chains for used completely.</summary>
    private void CompleteInOrder(in DescriptorChain chain, ushort place)
    {
        if (!_at.HasRun || !_at.RunMayGrow)
        {
            EndRun();
            _at.RunStart = place;
            _at.HasRun = true;
        }

        _at.RunMayGrow = chain.IsReadOnly;
        _at.RunElement = chain.UsedElement;
    }

    private void EndRun()
    {
        if (_at.HasRun)
        {
            // SAFETY: masked, so inside the used ring.
            Unsafe.WriteUnaligned(_areas.UsedRing + (_at.RunStart & _mask), _at.RunElement);
            _at.HasRun = false;
        }
    }
}
