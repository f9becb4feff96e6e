using System.Runtime.InteropServices;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The driver side of a packed ring. What the device gives back is checked against a private record of what is in flight.
/// Of what is added between two publications, the first descriptor's flags are written last: the device reads in order and stops there.
/// </summary>
internal sealed unsafe class PackedDriverVirtqueue<TEventIndex, TInOrder> : DriverVirtqueue
    where TEventIndex : struct, IFeature
    where TInOrder : struct, IFeature
{
    private const uint AvailableAndUsed = (uint)(DescriptorFlags.Available | DescriptorFlags.Used);

    private readonly PackedRingAreas _areas;
    private readonly DriverIndirectTables _tables;
    private readonly uint _size;
    private readonly ChainInFlight[] _chains; // by buffer id
    private readonly ushort[] _freeIds;       // a stack
    private DriverCursors<PackedPosition> _at;

    public PackedDriverVirtqueue(ushort size, in PackedRingAreas areas, in DriverIndirectTables tables)
        : base(size)
    {
        _areas = areas;
        _tables = tables;
        _size = size;
        _at.Added = _at.Published = _at.Taken = PackedPosition.Fresh;
        _at.Free = size;
        _at.RunEnd = -1;
        _chains = new ChainInFlight[size];
        _freeIds = new ushort[size];
        _at.FreeIds = size;
        for (int i = 0; i < size; i++)
        {
            _freeIds[i] = (ushort)(size - 1 - i);
        }
    }

    public override int Free => _at.Free;

    public override bool TryAdd(ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable, ulong token)
    {
        int count = readable.Length + writable.Length;
        bool indirect = count > 1 && count <= _tables.Entries;
        int needed = indirect ? 1 : count;
        if (count == 0 || needed > _at.Free || IsBroken)
        {
            return false;
        }

        ushort id = TakeId();
        if (indirect)
        {
            WriteTable(id, readable, writable);
        }
        else
        {
            WriteChain(id, readable, writable);
        }

        Remember(id, needed, TInOrder.IsNegotiated ? DriverBuffer.Total(writable) : 0, token);
        return true;
    }

    public override bool TryAdd(DriverBuffer buffer, bool writable, ulong token)
    {
        if (_at.Free == 0 || IsBroken)
        {
            return false;
        }

        ushort id = TakeId();
        Write(_at.Added, buffer.Address.Value, buffer.Length, id, writable ? DescriptorFlags.Write : DescriptorFlags.None);
        Remember(id, 1, writable ? buffer.Length : 0, token);
        return true;
    }

    public override void PublishQuietly()
    {
        if (_at.Added != _at.Published && !IsBroken)
        {
            // Release: pairs with the device's acquire of these flags; it reads the chains after it.
            // SAFETY: a position's index is below the size.
            Volatile.Write(ref _areas.Descriptors[(2 * (nuint)_at.Published.Index) + 1], _at.FirstWord);
            uint slots = _at.Added.Index - _at.Published.Index + (_at.Added.Wrap == _at.Published.Wrap ? 0 : _size);
            _at.Undecided = Math.Min(_at.Undecided + slots, _size);
            _at.Published = _at.Added;
        }
    }

    public override bool NotificationDue()
    {
        uint undecided = _at.Undecided;
        if (undecided == 0 || IsBroken)
        {
            return false;
        }

        _at.Undecided = 0;

        // Store-load: pairs with the device's fence between its event suppression and its re-read of the descriptor.
        Interlocked.MemoryBarrier();
        return PackedEvents.IsDue<TEventIndex>(Volatile.Read(ref *_areas.DeviceEvents), _at.Published, undecided, _size);
    }

    public override bool TryTakeUsed(out UsedBuffer used)
    {
        used = default;
        if (IsBroken || (_at.RunEnd < 0 && !TryReadUsed()))
        {
            return false;
        }

        // In order, chains before the run's last are used completely.
        ushort id = TInOrder.IsNegotiated ? (ushort)_at.Taken.Index : (ushort)_at.RunEnd;
        bool isLast = id == _at.RunEnd;
        ref ChainInFlight chain = ref _chains[id];
        used = new UsedBuffer(chain.Token, isLast ? _at.RunWritten : chain.Writable);
        _at.RunEnd = isLast ? -1 : _at.RunEnd;
        GiveBack(id, ref chain);
        return true;
    }

    public override bool EnableNotifications()
    {
        Volatile.Write(ref *_areas.DriverEvents, TEventIndex.IsNegotiated ? PackedEvents.At(_at.Taken) : PackedEvents.Enable);

        // Store-load: pairs with the device's fence between the release of a used descriptor and its load of the driver's event suppression.
        Interlocked.MemoryBarrier();
        return _at.RunEnd >= 0 || IsUsed(ReadWord());
    }

    public override void SuppressNotifications() => Volatile.Write(ref *_areas.DriverEvents, PackedEvents.Disable);

    // Acquire: pairs with the device's release of a used descriptor.
    // SAFETY: a position's index is below the size.
    private ulong ReadWord() => Volatile.Read(ref _areas.Descriptors[(2 * (nuint)_at.Taken.Index) + 1]);

    private bool IsUsed(ulong word) => ((uint)(word >> 48) & AvailableAndUsed) == _at.Taken.UsedFlags && _at.Taken != _at.Published;

    private bool TryReadUsed()
    {
        ulong word = ReadWord();
        if (!IsUsed(word))
        {
            return false;
        }

        ushort id = (ushort)(word >> 32);
        IsBroken = id >= _size || _chains[id].Descriptors == 0;
        _at.RunEnd = IsBroken ? -1 : id;
        _at.RunWritten = (uint)word;
        return !IsBroken;
    }

    /// <summary>In order, an id is the slot its chain begins at.</summary>
    private ushort TakeId() => TInOrder.IsNegotiated ? (ushort)_at.Added.Index : _freeIds[--_at.FreeIds];

    private void Remember(ushort id, int slots, uint writable, ulong token)
    {
        _chains[id] = new ChainInFlight(token, writable, (ushort)slots);
        _at.Added = _at.Added.Plus((uint)slots, _size);
        _at.Free -= slots;
    }

    private void GiveBack(ushort id, ref ChainInFlight chain)
    {
        _at.Taken = _at.Taken.Plus(chain.Descriptors, _size);
        _at.Free += chain.Descriptors;
        chain.Descriptors = 0;
        if (!TInOrder.IsNegotiated)
        {
            _freeIds[_at.FreeIds++] = id;
        }
    }

    private void WriteChain(ushort id, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable)
    {
        int count = readable.Length + writable.Length;
        PackedPosition position = _at.Added;
        for (int i = 0; i < count; i++)
        {
            VirtqDescriptor descriptor = DriverBuffer.Descriptor(i, readable, writable, 0);
            Write(position, descriptor.Address, descriptor.Length, id, descriptor.Flags);
            position = position.Plus(1, _size);
        }
    }

    private void WriteTable(ushort id, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable)
    {
        Span<PackedDescriptor> table = MemoryMarshal.Cast<VirtqDescriptor, PackedDescriptor>(_tables.Of(id));
        int count = readable.Length + writable.Length;
        for (int i = 0; i < count; i++)
        {
            VirtqDescriptor descriptor = DriverBuffer.Descriptor(i, readable, writable, 0);
            table[i] = new PackedDescriptor(descriptor.Address, descriptor.Length, 0, descriptor.Flags & DescriptorFlags.Write);
        }

        Write(_at.Added, _tables.AddressOf(id), (uint)(count * PackedDescriptor.SizeBytes), id, DescriptorFlags.Indirect);
    }

    private void Write(PackedPosition position, ulong address, uint length, ushort id, DescriptorFlags flags)
    {
        // SAFETY: a position's index is below the size.
        ulong* descriptor = _areas.Descriptors + (2 * (nuint)position.Index);
        ulong word = length | ((ulong)id << 32) | ((ulong)((uint)flags | position.AvailableFlags) << 48);
        Volatile.Write(ref descriptor[0], address);
        if (position == _at.Published)
        {
            _at.FirstWord = word;
        }
        else
        {
            Volatile.Write(ref descriptor[1], word);
        }
    }
}
