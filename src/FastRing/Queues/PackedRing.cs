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
internal unsafe partial struct PackedRing<TEventIndex, TInOrder, TMemory> : IPackedRing
    where TEventIndex : struct, IFeature
    where TInOrder : struct, IFeature
    where TMemory : struct, IRingMemory
{
    private const uint AvailableAndUsed = (uint)(DescriptorFlags.Available | DescriptorFlags.Used);

    // The flags as they are read with the id, which is the low half of the same word.
    private const int FlagsShift = 16;
    private const uint AvailableAndUsedAbove = AvailableAndUsed << FlagsShift;
    private const uint KindMaskAbove = ChainSink.KindMask << FlagsShift;
    private const uint NextAbove = (uint)DescriptorFlags.Next << FlagsShift;

    private readonly PackedRingAreas _areas;
    private readonly TMemory _memory;
    private readonly uint _size;
    private readonly bool _indirectAllowed;
    private readonly IndirectTable _indirect;
    private RegionWindow _window;
    private PackedCursors _at;

    public PackedRing(in VirtqueueSetup setup, in PackedRingAreas areas, PackedPosition start, in TMemory memory)
    {
        _areas = areas;
        _memory = memory;
        _size = setup.Size;
        _indirectAllowed = (setup.Features & VirtioFeatures.IndirectDescriptors) != 0;
        _indirect = new IndirectTable((ushort)setup.Size);
        _at.Got = _at.Completed = _at.Published = start;
    }

    public readonly ushort Size => (ushort)_size;

    public readonly (nint Descriptors, nint Device) Written => ((nint)_areas.Descriptors, (nint)_areas.DeviceEvents);

    public readonly PackedPosition Got => _at.Got;

    /// <summary>The available and the used half, which are the same: chains that were not completed are available to the next start.</summary>
    public readonly uint Base => _at.Completed.Value | ((uint)_at.Completed.Value << 16);

    public readonly uint PublishedBase => _at.Published.Value | ((uint)_at.Published.Value << 16);

    public readonly bool HasTaken => _at.Taken != _at.Unpublished;

    public readonly bool IsWaiting => _memory.IsWaiting;

    public readonly bool HasUnpublished => _at.Unpublished != 0;

    public readonly uint Undecided => _at.Undecided;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
        while (sink.ChainRoom > 0)
        {
            // Singles stop where the ring ends; behind it they go on.
            if (TMemory.IsPhysical && TakeSingles(ref sink) && _at.Got.Index == 0)
            {
                continue;
            }

            if (!TMemory.IsPhysical && _memory.IsWaiting)
            {
                return VirtqueueError.None;
            }

            // Most often they stop because there is no more: then nobody else need look.
            VirtqueueError error = Look(out bool isAvailable);
            if (error != VirtqueueError.None || !isAvailable || sink.ChainRoom == 0)
            {
                return error;
            }

            int before = sink.ChainCount;
            if (TMemory.IsPhysical)
            {
                TakeChains(ref sink);
                if (_indirectAllowed)
                {
                    TakeTables(ref sink);
                }
            }

            error = sink.ChainCount == before ? TakeSlow(ref sink) : VirtqueueError.None;
            if (error != VirtqueueError.None)
            {
                // A chain whose translation is not known yet stays where it is: no error.
                return TMemory.IsPhysical || error != VirtqueueError.NotTranslated ? error : VirtqueueError.None;
            }
        }

        return VirtqueueError.None;
    }

    public void Complete(ReadOnlySpan<DescriptorChain> chains)
    {
        if (!TMemory.IsPhysical)
        {
            foreach (ref readonly DescriptorChain chain in chains)
            {
                _memory.GiveBack(chain.Id);
            }
        }

        if (TInOrder.IsNegotiated)
        {
            CompleteInOrder(chains);
            return;
        }

        if (_at.Unpublished == 0 && chains.Length > 0)
        {
            ThrowIfNotTaken(chains[0].Slots);
            _at.FirstElement = chains[0].UsedDescriptor | ((ulong)_at.Completed.UsedFlags << 48);
            _at.Unpublished = chains[0].Slots;
            _at.Completed = _at.Completed.Plus(chains[0].Slots, _size);
            chains = chains[1..];
        }

        ulong* ring = _areas.Descriptors;
        nuint size = _size;
        nuint index = _at.Completed.Index;
        ulong used = (ulong)_at.Completed.UsedFlags << 48;
        nuint left = _at.Taken - _at.Unpublished;
        bool isTooMuch = false;
        foreach (ref readonly DescriptorChain chain in chains)
        {
            nuint taken = chain.Slots;
            if (taken > left)
            {
                isTooMuch = true;
                break;
            }

            // SAFETY: index < size is kept, because no more slots are given back than were taken.
            Volatile.Write(ref ring[(2 * index) + 1], chain.UsedDescriptor | used);
            left -= taken;
            index += taken;
            if (index >= size)
            {
                index -= size;
                used ^= (ulong)AvailableAndUsed << 48;
            }
        }

        uint slots = _at.Taken - _at.Unpublished - (uint)left;
        _at.Completed = PackedPosition.At((uint)index, wrap: used != 0);
        _at.Unpublished += slots;
        if (isTooMuch)
        {
            throw new InvalidOperationException(IDeviceRing.TooManyCompleted);
        }
    }

    public readonly void Touched(ReadOnlySpan<IoVector> buffers)
    {
    }

    public void Rewind()
    {
        _memory.GiveBackAll();
        _at.Got = _at.Completed;
        _at.Taken = _at.Unpublished;
    }

    public void Publish()
    {
        if (TInOrder.IsNegotiated)
        {
            EndRun();
        }

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

    public readonly bool Leave() => false;

    private readonly void ThrowIfNotTaken(uint slots)
    {
        if (slots > _at.Taken - _at.Unpublished)
        {
            throw new InvalidOperationException(IDeviceRing.TooManyCompleted);
        }
    }

    /// <summary>Lets the element kept back stand for the next chain too, as long as the driver loses nothing by it.</summary>
    private void CompleteInOrder(ReadOnlySpan<DescriptorChain> chains)
    {
        foreach (ref readonly DescriptorChain chain in chains)
        {
            ThrowIfNotTaken(chain.Slots);
            if (!_at.HasRun || !_at.RunMayGrow)
            {
                EndRun();
                _at.RunStart = _at.Completed;
                _at.HasRun = true;
            }

            // With the flags of the place the element goes to, which is where its run began.
            _at.RunElement = chain.UsedDescriptor | ((ulong)_at.RunStart.UsedFlags << 48);
            _at.RunMayGrow = chain.IsReadOnly;
            _at.Completed = _at.Completed.Plus(chain.Slots, _size);
            _at.Unpublished += chain.Slots;
        }
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
