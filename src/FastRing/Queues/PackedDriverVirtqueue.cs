using System.Runtime.CompilerServices;
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
    private const int FlagsShift = 48;
    private const ulong Available = (ulong)DescriptorFlags.Available << FlagsShift;
    private const ulong Used = (ulong)DescriptorFlags.Used << FlagsShift;

    private readonly PackedRingAreas _areas;
    private readonly DriverIndirectTables _tables;
    private readonly ChainInFlight[] _chains; // by buffer id
    private readonly ushort[] _freeIds;       // a stack; in order an id is the slot its chain begins at
    private readonly uint _size;
    private PackedDriverCursors _at;

    public PackedDriverVirtqueue(ushort size, in PackedRingAreas areas, in DriverIndirectTables tables)
        : base(size)
    {
        _areas = areas;
        _tables = tables;
        _size = size;
        _at.AddedFlags = Available; // Both wrap counters begin at 1.
        _at.UsedFlags = Available | Used;
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
        if (count == 0 || (indirect ? 1 : count) > _at.Free || IsBroken)
        {
            return false;
        }

        uint id = TakeId();
        _chains[id] = new ChainInFlight(token, TInOrder.IsNegotiated ? DriverBuffer.Total(writable) : 0, (ushort)(indirect ? 1 : count));
        if (indirect)
        {
            WriteTable(id, readable, writable);
            Write(_tables.AddressOf((int)id), (uint)(count * PackedDescriptor.SizeBytes), id, (uint)DescriptorFlags.Indirect);
            return true;
        }

        for (int i = 0; i < count; i++)
        {
            VirtqDescriptor descriptor = DriverBuffer.Descriptor(i, readable, writable, 0);
            Write(descriptor.Address, descriptor.Length, id, (uint)descriptor.Flags);
        }

        return true;
    }

    public override bool TryAdd(DriverBuffer buffer, bool writable, ulong token)
    {
        if (_at.Free == 0 || IsBroken)
        {
            return false;
        }

        uint id = TakeId();
        _chains[id] = new ChainInFlight(token, writable ? buffer.Length : 0, 1);
        Write(buffer.Address.Value, buffer.Length, id, writable ? (uint)DescriptorFlags.Write : 0);
        return true;
    }

    public override void PublishQuietly()
    {
        int slots = _at.Unpublished;
        if (slots == 0 || IsBroken)
        {
            return;
        }

        // Release: pairs with the device's acquire of these flags; it reads the chains after it.
        // SAFETY: a slot is below the size.
        Volatile.Write(ref _areas.Descriptors[(2 * (nuint)_at.Published) + 1], _at.FirstWord);
        _at.Published = _at.Added;
        _at.InFlight += slots;
        _at.Undecided = Math.Min(_at.Undecided + (uint)slots, _size);
        _at.Unpublished = 0;
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
        return PackedEvents.IsDue<TEventIndex>(
            Volatile.Read(ref *_areas.DeviceEvents), Published, undecided, _size);
    }

    public override NotificationData NotificationFor(ushort queueIndex) =>
        NotificationData.OfPacked(queueIndex, (ushort)Published.Index, Published.Wrap);

    public override bool TryTakeUsed(out UsedBuffer used)
    {
        if (IsBroken || (_at.RunEnd < 0 && !TryReadUsed()))
        {
            used = default;
            return false;
        }

        // In order, chains before the run's last are used completely.
        uint id = TInOrder.IsNegotiated ? _at.Taken : (uint)_at.RunEnd;
        bool isLast = id == (uint)_at.RunEnd;
        ref ChainInFlight chain = ref _chains[id];
        used = new UsedBuffer(chain.Token, isLast ? _at.RunWritten : chain.Writable);
        _at.RunEnd = isLast ? -1 : _at.RunEnd;
        GiveBack(id, ref chain);
        return true;
    }

    public override bool EnableNotifications()
    {
        uint events = PackedEvents.At(PackedPosition.At(_at.Taken, wrap: _at.UsedFlags != 0));
        Volatile.Write(ref *_areas.DriverEvents, TEventIndex.IsNegotiated ? events : PackedEvents.Enable);

        // Store-load: pairs with the device's fence between the release of a used descriptor and its load of the driver's event suppression.
        Interlocked.MemoryBarrier();
        return !IsBroken && (_at.RunEnd >= 0 || (_at.InFlight > 0 && IsUsed(ReadWord())));
    }

    public override void SuppressNotifications()
    {
        if (Volatile.Read(ref *_areas.DriverEvents) != PackedEvents.Disable)
        {
            Volatile.Write(ref *_areas.DriverEvents, PackedEvents.Disable);
        }
    }

    /// <summary>What was added since may have gone round the end, and its wrap counter be the other one.</summary>
    private PackedPosition Published =>
        PackedPosition.At(_at.Published, wrap: (_at.AddedFlags == Available) ^ (_at.Published + (uint)_at.Unpublished >= _size));

    // Acquire: pairs with the device's release of a used descriptor.
    // SAFETY: a slot is below the size.
    private ulong ReadWord() => Volatile.Read(ref _areas.Descriptors[(2 * (nuint)_at.Taken) + 1]);

    private bool IsUsed(ulong word) => (word & (Available | Used)) == _at.UsedFlags;

    private bool TryReadUsed()
    {
        ulong word = ReadWord();
        if (!IsUsed(word) || _at.InFlight == 0)
        {
            return false;
        }

        uint id = (ushort)(word >> 32);
        ChainInFlight[] chains = _chains;
        if (id >= (uint)chains.Length || chains[id].Descriptors == 0 || chains[id].Descriptors > _at.InFlight)
        {
            IsBroken = true;
            return false;
        }

        _at.RunEnd = (int)id;
        _at.RunWritten = (uint)word;
        return true;
    }

    private uint TakeId() => TInOrder.IsNegotiated ? _at.Added : _freeIds[--_at.FreeIds];

    private void GiveBack(uint id, ref ChainInFlight chain)
    {
        int slots = chain.Descriptors;
        chain.Descriptors = 0;
        _at.Free += slots;
        _at.InFlight -= slots;
        if (!TInOrder.IsNegotiated)
        {
            _freeIds[_at.FreeIds++] = (ushort)id;
        }

        uint taken = _at.Taken + (uint)slots;
        if (taken >= _size)
        {
            taken -= _size;
            _at.UsedFlags ^= Available | Used;
        }

        _at.Taken = taken;
    }

    private void WriteTable(uint id, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable)
    {
        Span<PackedDescriptor> table = MemoryMarshal.Cast<VirtqDescriptor, PackedDescriptor>(_tables.Of((int)id));
        for (int i = 0; i < readable.Length + writable.Length; i++)
        {
            VirtqDescriptor descriptor = DriverBuffer.Descriptor(i, readable, writable, 0);
            table[i] = new PackedDescriptor(descriptor.Address, descriptor.Length, 0, descriptor.Flags & DescriptorFlags.Write);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Write(ulong address, uint length, uint id, uint flags)
    {
        // SAFETY: a slot is below the size.
        ulong* descriptor = _areas.Descriptors + (2 * (nuint)_at.Added);
        ulong word = length | ((ulong)id << 32) | ((ulong)flags << FlagsShift) | _at.AddedFlags;
        descriptor[0] = address;
        if (_at.Unpublished == 0)
        {
            _at.FirstWord = word;
        }
        else
        {
            Volatile.Write(ref descriptor[1], word);
        }

        _at.Unpublished++;
        _at.Free--;
        if (++_at.Added == _size)
        {
            _at.Added = 0;
            _at.AddedFlags ^= Available | Used;
        }
    }
}
