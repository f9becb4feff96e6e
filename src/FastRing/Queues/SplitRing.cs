using System.Runtime.CompilerServices;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The device side of a split ring (virtio 1.2, 2.7).
/// <para>
/// Get: <c>avail.idx</c> is read with acquire once a batch and compared with the get cursor; a step of more than the ring's size is the
/// driver's error. Each ring entry and each descriptor is read once, into a local, and only the local is checked and used:
/// the driver may rewrite them at any moment. Indices that come from the driver are compared or masked, never trusted.
/// </para>
/// <para>
/// Complete: used elements are written behind the complete cursor and shown with one release store of <c>used.idx</c> a batch.
/// </para>
/// <para>
/// Notifications, both ways, are store-then-load on both sides, so each needs a full fence: ours after <c>used.idx</c> and before
/// <c>used_event</c>/<c>avail.flags</c> pairs with the driver's between its <c>used_event</c> store and its re-read of <c>used.idx</c>; ours after
/// <c>avail_event</c>/<c>used.flags</c> and before the re-read of <c>avail.idx</c> pairs with the driver's between its <c>avail.idx</c> store
/// and its load of <c>avail_event</c>.
/// </para>
/// </summary>
internal unsafe struct SplitRing<TEvents> : IDeviceRing
    where TEvents : struct, IEventIndex
{
    private readonly SplitRingAreas _areas;
    private readonly GuestMemory _memory;
    private readonly ushort _mask;
    private readonly bool _indirectAllowed;
    private readonly IndirectTable _indirect;
    private RegionWindow _window;
    private ushort _available; // avail.idx as last read
    private ushort _got;       // get cursor
    private ushort _completed; // complete cursor
    private ushort _published; // used.idx as last written
    private ushort _signalled; // used.idx at the last decision about a notification
    private bool _signalledValid;

    public SplitRing(in VirtqueueSetup setup, in SplitRingAreas areas, GuestMemory memory)
    {
        _areas = areas;
        _memory = memory;
        _mask = (ushort)(setup.Size - 1);
        _indirectAllowed = (setup.Features & VirtioFeatures.IndirectDescriptors) != 0;
        _indirect = new IndirectTable((ushort)setup.Size);
        _available = _got = _completed = _published = (ushort)setup.Base;
    }

    public readonly ushort Size => (ushort)(_mask + 1);

    public readonly uint Base => _completed;

    public readonly bool HasUnpublished => _completed != _published;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VirtqueueError CountAvailable(out int chains)
    {
        // Acquire: pairs with the driver's release of avail.idx; ring entries and descriptors are read after it.
        _available = Volatile.Read(ref *_areas.AvailableIndex);
        ushort count = (ushort)(_available - _got);

        // Counted from what the driver has seen come back, so that a driver which never waits for it can't keep a device popping.
        bool jumped = count > Size || count + (ushort)(_got - _published) > Size;
        chains = jumped ? 0 : count;
        return jumped ? VirtqueueError.AvailableIndexJumped : VirtqueueError.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VirtqueueError Pop(ChainBatch batch, out bool indirect)
    {
        // SAFETY: masked with size - 1, so inside the available ring.
        ushort head = Volatile.Read(ref _areas.AvailableRing[_got & _mask]);
        VirtqueueError error = Walk(head, batch, out indirect);
        if (error == VirtqueueError.None)
        {
            error = batch.Close(head, 1);
            _got += error == VirtqueueError.None ? (ushort)1 : (ushort)0;
        }

        return error;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Complete(in DescriptorChain chain)
    {
        // SAFETY: masked, so inside the used ring. One 8-byte store writes id and len; the area is 4-byte aligned only, and the
        // driver reads it after used.idx, so it need not be atomic.
        Unsafe.WriteUnaligned(&_areas.UsedRing[_completed & _mask], chain.Id | ((ulong)chain.Written << 32));
        _completed++;
    }

    public void Rewind() => _got = _completed;

    public void Publish()
    {
        // Release: pairs with the driver's acquire of used.idx; it reads the elements after it.
        Volatile.Write(ref *_areas.UsedIndex, _completed);
        _published = _completed;
    }

    public bool DriverWantsNotification()
    {
        // Store-load: pairs with the driver's fence between used_event (or avail.flags) and its re-read of used.idx.
        Interlocked.MemoryBarrier();
        if (!TEvents.Negotiated)
        {
            return (Volatile.Read(ref *_areas.AvailableFlags) & RingFlags.NoInterrupt) == 0;
        }

        ushort before = _signalled;
        bool known = _signalledValid;
        _signalled = _published;
        _signalledValid = true;

        // Where the ring was before it was started here, nobody knows what was signalled: the first publication always is.
        return !known || EventIndex.Passed(Volatile.Read(ref *_areas.UsedEvent), _published, before);
    }

    public void RequestNotifications()
    {
        if (TEvents.Negotiated)
        {
            Volatile.Write(ref *_areas.AvailableEvent, _got);
        }
        else
        {
            Volatile.Write(ref *_areas.UsedFlags, 0);
        }

        // Store-load: pairs with the driver's fence between avail.idx and its load of avail_event (or used.flags).
        Interlocked.MemoryBarrier();
    }

    public readonly void SuppressNotifications()
    {
        // With an event index there is nothing to write: avail_event stays behind the get cursor, so the driver, whose index
        // passed it already, does not kick until it has gone once round.
        if (!TEvents.Negotiated)
        {
            Volatile.Write(ref *_areas.UsedFlags, RingFlags.NoNotify);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private VirtqueueError Walk(ushort head, ChainBatch batch, out bool indirect)
    {
        indirect = false;
        if (head > _mask)
        {
            return VirtqueueError.HeadOutOfRange;
        }

        ushort index = head;
        for (int left = Size; left > 0; left--)
        {
            // SAFETY: index <= mask was checked, so inside the descriptor area.
            VirtqDescriptor descriptor = GuestReads.Descriptor(_areas.Descriptors + index);
            if ((descriptor.Flags & DescriptorFlags.Indirect) != 0)
            {
                indirect = true;
                return WalkIndirect(descriptor, batch);
            }

            VirtqueueError error = batch.Append(
                descriptor.Address, descriptor.Length, (descriptor.Flags & DescriptorFlags.Write) != 0, _memory, ref _window);
            if (error != VirtqueueError.None || (descriptor.Flags & DescriptorFlags.Next) == 0)
            {
                return error;
            }

            index = descriptor.Next;
            if (index > _mask)
            {
                return VirtqueueError.NextOutOfRange;
            }
        }

        return VirtqueueError.ChainTooLong;
    }

    /// <summary>A table ends its chain; direct descriptors may stand before it (virtio 1.2, 2.7.5.3.2).</summary>
    private VirtqueueError WalkIndirect(in VirtqDescriptor descriptor, ChainBatch batch)
    {
        if (!_indirectAllowed || (descriptor.Flags & DescriptorFlags.Next) != 0)
        {
            return VirtqueueError.IndirectNotAllowed;
        }

        return _indirect.Walk(descriptor.Address, descriptor.Length, batch, _memory, ref _window);
    }
}
