using FastRing.Spec;

namespace FastRing.Queues;

/// <content>How it looks, for people.</content>
internal unsafe partial struct PackedRing<TEventIndex, TInOrder, TMemory>
{
    public readonly RingSnapshot Snapshot()
    {
        var inFlight = (int)(_at.Taken - _at.Unpublished);
        return new RingSnapshot
        {
            IsPacked = true,
            Size = Size,
            Available = null,
            Next = _at.Got.Value,
            Completed = _at.Completed.Value,
            Published = _at.Published.Value,
            DriverEvents = Of(Volatile.Read(ref *_areas.DriverEvents)),
            DeviceEvents = Of(Volatile.Read(ref *_areas.DeviceEvents)),
            InFlightCount = inFlight,
            WaitingCount = Waiting(),
            InFlight = Chains(_at.Completed, inFlight),
            Waiting = Chains(_at.Got, Waiting()),
        };
    }

    private static string Of(uint events) => ((events >> 16) & 3) switch
    {
        EventSuppression.Enable => "every buffer",
        EventSuppression.Disable => "none",
        EventSuppression.Descriptor => $"slot {events & 0x7fff}, wrap {(events >> 15) & 1}",
        _ => "reserved",
    };

    /// <summary>Slots that are available one behind the other, as many as the device has not taken at the most.</summary>
    private readonly int Waiting()
    {
        uint most = _size - _at.Taken;
        for (uint slots = 0; slots < most; slots++)
        {
            PackedPosition position = _at.Got.Plus(slots, _size);
            if ((Flags(position) & AvailableAndUsed) != position.AvailableFlags)
            {
                return (int)slots;
            }
        }

        return (int)most;
    }

    private readonly ChainSnapshot[] Chains(PackedPosition first, int slots)
    {
        var chains = new List<ChainSnapshot>();
        for (int at = 0; at < slots && chains.Count < RingSnapshot.MostChains;)
        {
            int place = (int)first.Plus((uint)at, _size).Index;
            var descriptors = new List<DescriptorSnapshot>();
            ushort id = 0;
            bool isLast = false;
            int begin = at;
            for (; at < slots && !isLast; at++)
            {
                (DescriptorSnapshot descriptor, id) = Descriptor(first.Plus((uint)at, _size));
                isLast = (descriptor.Flags & DescriptorFlags.Next) == 0;
                if (descriptors.Count < RingSnapshot.MostDescriptors)
                {
                    descriptors.Add(descriptor);
                }
            }

            chains.Add(new ChainSnapshot(place, id, descriptors, IsCut: !isLast || descriptors.Count < at - begin));
        }

        return [.. chains];
    }

    // SAFETY for both: a position's index is below the size, and the area has two aligned words for each. Each is read once, and is the driver's.
    private readonly uint Flags(PackedPosition position) => (uint)(Volatile.Read(ref _areas.Descriptors[(2 * (nuint)position.Index) + 1]) >> 48);

    private readonly (DescriptorSnapshot Descriptor, ushort Id) Descriptor(PackedPosition position)
    {
        ulong address = Volatile.Read(ref _areas.Descriptors[2 * (nuint)position.Index]);
        ulong rest = Volatile.Read(ref _areas.Descriptors[(2 * (nuint)position.Index) + 1]);
        return (new DescriptorSnapshot(address, (uint)rest, (DescriptorFlags)(ushort)(rest >> 48)), (ushort)(rest >> 32));
    }
}
