using System.Runtime.InteropServices;
using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Benchmarks.Queues;

/// <summary>The heads stand on the available ring for ever: a round is one store of avail.idx.</summary>
internal sealed class FullSplitRing : FullRing
{
    private readonly IoVector _available;
    private readonly bool _eventIndex;

    public FullSplitRing(QueuePair pair)
        : base(pair)
    {
        // flags, idx, the ring, used_event. Where a chain takes several descriptors, the ring has more entries than there are chains.
        _available = Window(pair.Setup.Driver, RingLayout.DriverBytes(pair.Setup.Size));
        _eventIndex = (pair.Setup.Features & VirtioFeatures.EventIndex) != 0;
        Span<ushort> heads = Words[2..^1];
        for (int i = Chains; i < heads.Length; i++)
        {
            heads[i] = heads[i % Chains];
        }
    }

    private Span<ushort> Words => MemoryMarshal.Cast<byte, ushort>(_available.Span);

    public override void MakeAvailable()
    {
        ref ushort index = ref Words[1];
        Volatile.Write(ref index, (ushort)(index + Chains));
    }

    public override void WantNotification()
    {
        if (_eventIndex)
        {
            Volatile.Write(ref Words[^1], (ushort)Device.Base);
        }
        else
        {
            Volatile.Write(ref Words[0], 0);
        }
    }
}
