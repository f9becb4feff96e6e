using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The driver side of a split ring. Descriptors are kept in a free list linked through a private array, never through guest memory,
/// and what the device gives back is checked against a private record of what is in flight: a device can't mislead the driver.
/// </summary>
internal sealed unsafe class SplitDriverVirtqueue<TEvents> : DriverVirtqueue
    where TEvents : struct, IEventIndex
{
    private readonly SplitRingAreas _areas;
    private readonly DriverIndirectTables _tables;
    private readonly ushort[] _next;   // free list, and the chains in flight
    private readonly ushort[] _length; // descriptors of the chain in flight at a head; 0: none
    private readonly ulong[] _tokens;
    private readonly ushort _mask;
    private int _free;
    private ushort _freeHead;
    private ushort _added;
    private ushort _published;
    private ushort _decided; // avail.idx at the last decision about a notification
    private ushort _taken;

    public SplitDriverVirtqueue(ushort size, in SplitRingAreas areas, in DriverIndirectTables tables)
        : base(size)
    {
        _areas = areas;
        _tables = tables;
        _mask = (ushort)(size - 1);
        _free = size;
        _tokens = new ulong[size];
        _length = new ushort[size];
        _next = new ushort[size];
        for (int i = 0; i < size; i++)
        {
            _next[i] = (ushort)((i + 1) & _mask);
        }
    }

    public override int Free => _free;

    public override bool TryAdd(ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable, ulong token)
    {
        int count = readable.Length + writable.Length;
        bool indirect = count > 1 && count <= _tables.Entries;
        int needed = indirect ? 1 : count;
        if (count == 0 || needed > _free || IsBroken)
        {
            return false;
        }

        ushort head = _freeHead;
        if (indirect)
        {
            WriteTable(head, readable, writable);
        }
        else
        {
            WriteChain(head, readable, writable);
        }

        TakeFree(head, needed);
        _tokens[head] = token;

        // SAFETY: masked, so inside the available ring.
        _areas.AvailableRing[_added & _mask] = head;
        _added++;
        return true;
    }

    public override bool TryAdd(DriverBuffer buffer, bool writable, ulong token) =>
        writable ? TryAdd([], [buffer], token) : TryAdd([buffer], [], token);

    public override void PublishQuietly()
    {
        if (_added != _published && !IsBroken)
        {
            // Release: pairs with the device's acquire of avail.idx.
            Volatile.Write(ref *_areas.AvailableIndex, _added);
            _published = _added;
        }
    }

    public override bool NotificationDue()
    {
        ushort before = _decided;
        if (_published == before || IsBroken)
        {
            return false;
        }

        _decided = _published;

        // Store-load: pairs with the device's fence between avail_event (or used.flags) and its re-read of avail.idx.
        Interlocked.MemoryBarrier();
        return TEvents.Negotiated
            ? EventIndex.Passed(Volatile.Read(ref *_areas.AvailableEvent), _published, before)
            : (Volatile.Read(ref *_areas.UsedFlags) & RingFlags.NoNotify) == 0;
    }

    public override bool TryTakeUsed(out UsedBuffer used)
    {
        used = default;
        if (IsBroken || !HasUsed())
        {
            return false;
        }

        // SAFETY: masked, so inside the used ring.
        ulong element = System.Runtime.CompilerServices.Unsafe.ReadUnaligned<ulong>(&_areas.UsedRing[_taken & _mask]);
        uint id = (uint)element;
        if (id > _mask || _length[id] == 0)
        {
            IsBroken = true;
            return false;
        }

        _taken++;
        used = new UsedBuffer(_tokens[id], (uint)(element >> 32));
        GiveFree((ushort)id);
        return true;
    }

    public override bool EnableNotifications()
    {
        if (TEvents.Negotiated)
        {
            Volatile.Write(ref *_areas.UsedEvent, _taken);
        }
        else
        {
            Volatile.Write(ref *_areas.AvailableFlags, 0);
        }

        // Store-load: pairs with the device's fence between used.idx and its load of used_event (or avail.flags).
        Interlocked.MemoryBarrier();
        return HasUsed();
    }

    public override void SuppressNotifications()
    {
        if (TEvents.Negotiated)
        {
            // Half the index space away: the device does not get there before the next EnableNotifications.
            Volatile.Write(ref *_areas.UsedEvent, (ushort)(_taken + 0x8000));
        }
        else
        {
            Volatile.Write(ref *_areas.AvailableFlags, RingFlags.NoInterrupt);
        }
    }

    // Acquire: pairs with the device's release of used.idx.
    private bool HasUsed() => Volatile.Read(ref *_areas.UsedIndex) != _taken;

    private void WriteChain(ushort head, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable)
    {
        ushort index = head;
        int count = readable.Length + writable.Length;
        for (int i = 0; i < count; i++)
        {
            // SAFETY: the free list holds indices below the ring's size only.
            _areas.Descriptors[index] = DescriptorOf(i, readable, writable, _next[index]);
            index = _next[index];
        }
    }

    private void WriteTable(ushort head, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable)
    {
        Span<VirtqDescriptor> table = _tables.Of(head);
        int count = readable.Length + writable.Length;
        for (int i = 0; i < count; i++)
        {
            table[i] = DescriptorOf(i, readable, writable, (ushort)(i + 1));
        }

        _areas.Descriptors[head] = new VirtqDescriptor(
            _tables.AddressOf(head), (uint)(count * VirtqDescriptor.SizeBytes), DescriptorFlags.Indirect, 0);
    }

    private static VirtqDescriptor DescriptorOf(
        int i, ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable, ushort next)
    {
        bool isReadable = i < readable.Length;
        DriverBuffer buffer = isReadable ? readable[i] : writable[i - readable.Length];
        DescriptorFlags flags = isReadable ? DescriptorFlags.None : DescriptorFlags.Write;
        bool last = i == readable.Length + writable.Length - 1;
        return new VirtqDescriptor(buffer.Address.Value, buffer.Length, last ? flags : flags | DescriptorFlags.Next, next);
    }

    private void TakeFree(ushort head, int count)
    {
        ushort last = head;
        for (int i = 1; i < count; i++)
        {
            last = _next[last];
        }

        _freeHead = _next[last];
        _free -= count;
        _length[head] = (ushort)count;
    }

    private void GiveFree(ushort head)
    {
        int count = _length[head];
        ushort last = head;
        for (int i = 1; i < count; i++)
        {
            last = _next[last];
        }

        _next[last] = _freeHead;
        _freeHead = head;
        _free += count;
        _length[head] = 0;
    }
}
