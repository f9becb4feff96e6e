using FastRing.Spec;

namespace FastRing.Queues;

/// <content>How it looks, for people.</content>
internal unsafe partial struct SplitRing<TEventIndex, TInOrder, TMemory>
{
    public readonly RingSnapshot Snapshot()
    {
        // SAFETY: the areas are as TryResolve found them; places are masked and heads compared before anything is read. Every word is read once, and is the driver's.
        ushort available = Volatile.Read(ref *_areas.AvailableIndex);
        var inFlight = (ushort)(_at.Got - _at.Completed);
        int waiting = Math.Min((ushort)(available - _at.Got), (int)Size);
        return new RingSnapshot
        {
            IsPacked = false,
            Size = Size,
            Available = available,
            Next = _at.Got,
            Completed = _at.Completed,
            Published = _at.Published,
            DriverEvents = TEventIndex.IsNegotiated ? $"used index {Volatile.Read(ref *_areas.UsedEvent)}" : Of(Volatile.Read(ref *_areas.AvailableFlags)),
            DeviceEvents = TEventIndex.IsNegotiated ? $"available index {Volatile.Read(ref *_areas.AvailableEvent)}" : Of(Volatile.Read(ref *_areas.UsedFlags)),
            InFlightCount = inFlight,
            WaitingCount = waiting,
            InFlight = Chains(_at.Completed, inFlight),
            Waiting = Chains(_at.Got, waiting),
        };
    }

    private static string Of(ushort flags) => (flags & 1) == 0 ? "every buffer" : "none";

    private readonly ChainSnapshot[] Chains(ushort first, int count)
    {
        var chains = new ChainSnapshot[Math.Min(count, RingSnapshot.MostChains)];
        for (int i = 0; i < chains.Length; i++)
        {
            uint place = (uint)(first + i) & _mask;
            chains[i] = Chain((int)place, Volatile.Read(ref _areas.AvailableRing[place]));
        }

        return chains;
    }

    private readonly ChainSnapshot Chain(int place, ushort head)
    {
        var descriptors = new List<DescriptorSnapshot>();
        ushort index = head;
        while (index <= _mask && descriptors.Count < RingSnapshot.MostDescriptors)
        {
            VirtqDescriptor descriptor = GuestReads.Descriptor(_areas.Descriptors + index);
            descriptors.Add(new DescriptorSnapshot(descriptor.Address, descriptor.Length, descriptor.Flags));
            if ((descriptor.Flags & DescriptorFlags.Next) == 0)
            {
                return new ChainSnapshot(place, head, descriptors, IsCut: false);
            }

            index = descriptor.Next;
        }

        return new ChainSnapshot(place, head, descriptors, IsCut: true);
    }
}
