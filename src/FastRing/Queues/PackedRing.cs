using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The device side of a packed ring (virtio 1.2, 2.8).
/// <para>
/// Get: the flags of the descriptor at the get cursor are read with acquire, together with its length and id; when they say that it is available,
/// its chain is walked, each word read once. Slots popped and not given back are counted, so that a driver which marks them available
/// again can't keep a device popping.
/// </para>
/// <para>
/// Complete: used descriptors are written at the complete cursor, each in one store; all of a publication but its first go to the ring at once.
/// The driver reads in order, so it sees none before the first is shown, by one release store. With <c>VIRTIO_F_IN_ORDER</c> one stands for a run of
/// chains (2.8.11), as long as no written length would be lost.
/// </para>
/// <para>
/// Notifications: our full fence after the release of a used descriptor and before the load of the driver's event suppression pairs with
/// the driver's between its store there and its re-read of the descriptor; ours after the store of the device's event suppression and before the
/// re-read of the descriptor pairs with the driver's between its release of a descriptor and its load of that structure.
/// </para>
/// </summary>
internal unsafe struct PackedRing<TEventIndex, TInOrder> : IDeviceRing
    where TEventIndex : struct, IFeature
    where TInOrder : struct, IFeature
{
    private const uint AvailableAndUsed = (uint)(DescriptorFlags.Available | DescriptorFlags.Used);

    private readonly PackedRingAreas _areas;
    private readonly GuestMemory _memory;
    private readonly uint _size;
    private readonly bool _indirectAllowed;
    private readonly IndirectTable _indirect;
    private RegionWindow _window;
    private PackedCursors _at;

    private PackedRing(in VirtqueueSetup setup, in PackedRingAreas areas, GuestMemory memory)
    {
        _areas = areas;
        _memory = memory;
        _size = setup.Size;
        _indirectAllowed = (setup.Features & VirtioFeatures.IndirectDescriptors) != 0;
        _indirect = new IndirectTable((ushort)setup.Size);
        _at.Got = _at.Completed = _at.Published = areas.Begin(setup.Base, setup.Size);
    }

    public readonly ushort Size => (ushort)_size;

    /// <summary>The available and the used half, which are the same: chains that were not completed are available to the next start.</summary>
    public readonly uint Base => _at.Completed.Value | ((uint)_at.Completed.Value << 16);

    public readonly bool HasUnpublished => _at.Unpublished != 0;

    public readonly bool HasUndecided => _at.Undecided != 0;

    public static VirtqueueError TryCreate(in VirtqueueSetup setup, GuestMemory memory, out PackedRing<TEventIndex, TInOrder> ring)
    {
        ring = default;
        VirtqueueError error = PackedRingAreas.TryResolve(setup, memory, out PackedRingAreas areas);
        if (error == VirtqueueError.None && new PackedPosition((ushort)setup.Base).Index >= setup.Size)
        {
            error = VirtqueueError.BadBase;
        }

        ring = error == VirtqueueError.None ? new PackedRing<TEventIndex, TInOrder>(setup, areas, memory) : default;
        return error;
    }

    public readonly VirtqueueError Look(out bool isAvailable)
    {
        // Acquire: pairs with the driver's release of the first descriptor's flags; the rest of the chain is read after it.
        // SAFETY: a position's index is below the size.
        uint flags = (uint)(Volatile.Read(ref _areas.Descriptors[(2 * (nuint)_at.Got.Index) + 1]) >> 48);
        isAvailable = (flags & AvailableAndUsed) == _at.Got.AvailableFlags;
        return isAvailable && _at.Taken >= _size ? VirtqueueError.RingOverrun : VirtqueueError.None;
    }

    public VirtqueueError Pop(ref ChainSink sink)
    {
        for (int left = sink.Chains.Length - sink.ChainCount; left > 0; left--)
        {
            if (TryTake(ref sink, out bool isAvailable))
            {
                continue;
            }

            VirtqueueError error = isAvailable ? TakeSlow(ref sink) : VirtqueueError.None;
            if (error != VirtqueueError.None || !isAvailable)
            {
                return error;
            }
        }

        return VirtqueueError.None;
    }

    public void Complete(ReadOnlySpan<DescriptorChain> chains)
    {
        foreach (ref readonly DescriptorChain chain in chains)
        {
            if (!TInOrder.IsNegotiated || !_at.HasRun || !_at.RunMayGrow)
            {
                EndRun();
                _at.RunStart = _at.Completed;
                _at.HasRun = true;
            }

            // The flags of the place the element goes to, which is where its run began.
            uint flags = _at.RunStart.UsedFlags | (chain.Written != 0 ? (uint)DescriptorFlags.Write : 0);
            _at.RunElement = chain.Written | ((ulong)chain.Id << 32) | ((ulong)flags << 48);
            _at.RunMayGrow = chain.IsReadOnly;
            _at.Completed = _at.Completed.Plus(chain.Slots, _size);
            _at.Unpublished += chain.Slots;
        }
    }

    public void Rewind()
    {
        _at.Got = _at.Completed;
        _at.Taken = _at.Unpublished;
    }

    public void Publish()
    {
        EndRun();

        // Release: pairs with the driver's acquire of these flags; it reads what the device wrote, and the descriptors behind, after it.
        // SAFETY: a position's index is below the size.
        Volatile.Write(ref _areas.Descriptors[(2 * (nuint)_at.Published.Index) + 1], _at.FirstElement);
        _at.Published = _at.Completed;
        _at.Taken -= _at.Unpublished;
        _at.Undecided = Math.Min(_at.Undecided + _at.Unpublished, _size);
        _at.Unpublished = 0;
    }

    public bool DriverWantsNotification()
    {
        // Where the ring was before it was started here, nobody knows what was signalled: the first publication passes everything.
        uint slots = _at.IsSignalledValid ? _at.Undecided : _size;
        _at.IsSignalledValid = true;
        _at.Undecided = 0;

        // Store-load: pairs with the driver's fence between its event suppression and its re-read of the descriptor.
        Interlocked.MemoryBarrier();
        return PackedEvents.IsDue<TEventIndex>(Volatile.Read(ref *_areas.DriverEvents), _at.Published, slots, _size);
    }

    public readonly void RequestNotifications()
    {
        Volatile.Write(ref *_areas.DeviceEvents, TEventIndex.IsNegotiated ? PackedEvents.At(_at.Got) : PackedEvents.Enable);

        // Store-load: pairs with the driver's fence between the release of a descriptor and its load of the device's event suppression.
        Interlocked.MemoryBarrier();
    }

    public readonly void SuppressNotifications()
    {
        if (Volatile.Read(ref *_areas.DeviceEvents) != PackedEvents.Disable)
        {
            Volatile.Write(ref *_areas.DeviceEvents, PackedEvents.Disable);
        }
    }

    /// <summary>
    /// Takes the chain at the get cursor if it is what chains nearly always are: available, readable buffers before writable ones, all of them recorded, none
    /// empty, each in the region of the last. On false nothing has happened.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(ref ChainSink sink, out bool isAvailable)
    {
        // SAFETY: index < size is kept, so inside the descriptor ring; 16 mapped bytes on a 16-byte boundary. Each half is read once.
        ulong* ring = _areas.Descriptors;
        PackedPosition got = _at.Got;
        uint index = got.Index;
        uint available = got.AvailableFlags;

        // Acquire: pairs with the driver's release of these flags.
        ulong rest = Volatile.Read(ref ring[(2 * (nuint)index) + 1]);
        uint flags = (uint)(rest >> 48);
        isAvailable = (flags & AvailableAndUsed) == available;
        if (!isAvailable)
        {
            return false;
        }

        ref IoVector segments = ref Unsafe.Add(ref MemoryMarshal.GetReference(sink.Segments), sink.SegmentCount);
        uint room = Math.Min((uint)(sink.Segments.Length - sink.SegmentCount), _size - _at.Taken);
        uint recorded = sink.Recorded;
        uint count = 0;
        uint writable = 0;
        uint write = 0;
        ulong bytes = 0;
        while (true)
        {
            ulong address = Volatile.Read(ref ring[2 * (nuint)index]);
            uint before = write;
            write = flags & (uint)DescriptorFlags.Write;
            if ((flags & (uint)DescriptorFlags.Indirect) != 0 || (flags & AvailableAndUsed) != available || write < before
                || ((recorded >> (int)write) & 1) == 0 || count >= room || !_window.TryTranslate(address, (uint)rest, out nint host))
            {
                return false;
            }

            // SAFETY: count < room, and room is no more than what is left of the array.
            Unsafe.Add(ref segments, count++) = new IoVector(host, (uint)rest);
            bytes += (uint)rest;
            writable += write >> 1;
            index++;
            if (index == _size)
            {
                index = 0;
                available ^= AvailableAndUsed;
            }

            if ((flags & (uint)DescriptorFlags.Next) == 0)
            {
                break;
            }

            rest = Volatile.Read(ref ring[(2 * (nuint)index) + 1]);
            flags = (uint)(rest >> 48);
        }

        ushort id = (ushort)(rest >> 32);
        if (id >= _size || bytes > uint.MaxValue)
        {
            return false;
        }

        // SAFETY: the caller keeps ChainCount below the array's length.
        ref DescriptorChain chain = ref Unsafe.Add(ref MemoryMarshal.GetReference(sink.Chains), sink.ChainCount++);
        chain = new DescriptorChain(id, (ushort)count, sink.SegmentCount, (int)(count - writable), (int)writable, (uint)bytes, writable == 0);
        sink.SegmentCount += (int)count;
        _at.Taken += count;
        _at.Got = got.Plus(count, _size);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private VirtqueueError TakeSlow(ref ChainSink sink)
    {
        if (_at.Taken >= _size)
        {
            return VirtqueueError.RingOverrun;
        }

        sink.Open();
        VirtqueueError error = Walk(ref sink, out ushort id, out uint slots);
        if (error == VirtqueueError.None)
        {
            error = id >= _size ? VirtqueueError.BufferIdOutOfRange : sink.Close(id, (ushort)slots);
        }

        if (error == VirtqueueError.None)
        {
            _at.Taken += slots;
            _at.Got = _at.Got.Plus(slots, _size);
        }

        return error;
    }

    private VirtqueueError Walk(ref ChainSink sink, out ushort id, out uint slots)
    {
        PackedPosition position = _at.Got;
        id = 0;
        for (slots = 1; slots <= _size; slots++)
        {
            // SAFETY: a position's index is below the size. Each word is read once.
            ulong rest = Volatile.Read(ref _areas.Descriptors[(2 * (nuint)position.Index) + 1]);
            ulong address = Volatile.Read(ref _areas.Descriptors[2 * (nuint)position.Index]);
            var flags = (DescriptorFlags)(rest >> 48);
            if (((uint)flags & AvailableAndUsed) != position.AvailableFlags)
            {
                return VirtqueueError.ChainNotAvailable;
            }

            if (slots > _size - _at.Taken)
            {
                return VirtqueueError.RingOverrun;
            }

            id = (ushort)(rest >> 32);
            VirtqueueError error = (flags & DescriptorFlags.Indirect) != 0
                ? WalkIndirect(address, (uint)rest, isAlone: slots == 1 && (flags & DescriptorFlags.Next) == 0, ref sink)
                : sink.Append(address, (uint)rest, (flags & DescriptorFlags.Write) != 0, _memory, ref _window);
            if (error != VirtqueueError.None || (flags & DescriptorFlags.Next) == 0)
            {
                return error;
            }

            position = position.Plus(1, _size);
        }

        return VirtqueueError.ChainTooLong;
    }

    /// <summary>A table is a chain by itself (virtio 1.2, 2.8.7).</summary>
    private VirtqueueError WalkIndirect(ulong address, uint length, bool isAlone, ref ChainSink sink)
    {
        if (!_indirectAllowed || !isAlone)
        {
            return VirtqueueError.IndirectNotAllowed;
        }

        VirtqueueError error = _indirect.Walk(address, length, sequential: true, ref sink, _memory, ref _window);
        sink.IndirectChains += error == VirtqueueError.None ? 1 : 0;
        return error;
    }

    /// <summary>Puts the element kept back where it belongs: on the ring, or first in line for the next publication.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndRun()
    {
        if (!_at.HasRun)
        {
            return;
        }

        _at.HasRun = false;
        if (_at.RunStart == _at.Published)
        {
            _at.FirstElement = _at.RunElement;
        }
        else
        {
            // SAFETY: a position's index is below the size.
            Volatile.Write(ref _areas.Descriptors[(2 * (nuint)_at.RunStart.Index) + 1], _at.RunElement);
        }
    }
}
