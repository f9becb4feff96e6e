using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Tests.Queues.Inflight;

/// <summary>A driver with its ring, and a region of what is in flight: both are there when the device's process is not any more.</summary>
internal sealed class InflightRing : IDisposable
{
    private readonly OwnedFd _file;
    private MappedRegion? _mapping;

    public InflightRing(ushort size, ulong features)
    {
        Pair = new QueuePair(size, features);
        RegionBytes = InflightRegion.BytesFor(size);
        _file = MemFd.Create("fastring-test", (ulong)RegionBytes);
    }

    public QueuePair Pair { get; }

    public int RegionBytes { get; }

    /// <summary>As the process that has it sees it.</summary>
    public RecoveryArea Region { get; private set; } = null!;

    public bool IsPacked => (Pair.Setup.Features & VirtioFeatures.RingPacked) != 0;

    /// <summary>Another process: a mapping of its own, and a queue that goes on from the region.</summary>
    /// <param name="storing">Called before each store.</param>
    /// <param name="queue">The queue, when there is no error.</param>
    /// <param name="log">What it writes is marked there.</param>
    public VirtqueueError TryStart(Action? storing, out Virtqueue? queue, RingLog? log = null)
    {
        _mapping?.Dispose();
        _mapping = MappedRegion.Map(_file, 0, (ulong)RegionBytes);
        Region = new RecoveryArea(_mapping, 0, RegionBytes) { Storing = storing };
        return Virtqueue.TryCreate(Pair.Setup with { Inflight = Region, Log = log }, Pair.Guest.Memory, out queue);
    }

    public Virtqueue Start(Action? storing = null)
    {
        VirtqueueError error = TryStart(storing, out Virtqueue? queue);
        return queue ?? throw new InvalidOperationException($"refused: {error}");
    }

    /// <summary>The frontend's own mapping.</summary>
    public MappedRegion MapAgain(out RecoveryArea region)
    {
        MappedRegion mapping = MappedRegion.Map(_file, 0, (ulong)RegionBytes);
        region = new RecoveryArea(mapping, 0, RegionBytes);
        return mapping;
    }

    public void Dispose()
    {
        _mapping?.Dispose();
        _file.Dispose();
        Pair.Dispose();
    }
}
