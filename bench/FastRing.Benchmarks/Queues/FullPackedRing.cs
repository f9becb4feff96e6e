using System.Runtime.InteropServices;
using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Benchmarks.Queues;

/// <summary>The addresses stand on the ring for ever: a round is one store of length, id and flags for each descriptor.</summary>
internal sealed class FullPackedRing : FullRing
{
    private const ulong AvailableAndUsed = (ulong)(DescriptorFlags.Available | DescriptorFlags.Used) << 48;

    private readonly IoVector _descriptors;
    private readonly IoVector _driverEvents;
    private readonly ulong[] _words; // length, id and flags of each descriptor
    private readonly bool _eventIndex;

    public FullPackedRing(QueuePair pair)
        : base(pair)
    {
        _descriptors = Window(pair.Setup.Descriptors, RingLayout.DescriptorBytes(pair.Setup.Size));
        _driverEvents = Window(pair.Setup.Driver, sizeof(uint));
        _eventIndex = (pair.Setup.Features & VirtioFeatures.EventIndex) != 0;
        _words = new ulong[pair.Setup.Size];
        for (int i = 0; i < _words.Length; i++)
        {
            _words[i] = Descriptors[(2 * i) + 1];
        }
    }

    private Span<ulong> Descriptors => MemoryMarshal.Cast<byte, ulong>(_descriptors.Span);

    public override void MakeAvailable()
    {
        Span<ulong> ring = Descriptors;
        for (int i = _words.Length - 1; i >= 0; i--)
        {
            // The round is the whole ring, so the wrap counter turns. Backwards: a chain's head shows the whole of it.
            _words[i] ^= AvailableAndUsed;
            Volatile.Write(ref ring[(2 * i) + 1], _words[i]);
        }
    }

    public override void WantNotification()
    {
        uint events = _eventIndex ? ((uint)EventSuppression.Descriptor << 16) | (ushort)Device.Base : (uint)EventSuppression.Enable << 16;
        Volatile.Write(ref MemoryMarshal.Cast<byte, uint>(_driverEvents.Span)[0], events);
    }
}
