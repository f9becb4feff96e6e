using System.Buffers;
using System.Collections.Concurrent;

namespace FastRing.Workloads.Ports;

/// <summary>A pool for a pipe that is as good as it gets: blocks as long as a write, none ever thrown away, whichever thread gives it back.</summary>
internal sealed class SegmentPool(int segmentBytes) : MemoryPool<byte>
{
    private readonly ConcurrentQueue<Segment> _free = new();

    public override int MaxBufferSize => segmentBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, segmentBytes);
        return _free.TryDequeue(out Segment? segment) ? segment : new Segment(this, segmentBytes);
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Segment(SegmentPool pool, int bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(bytes);

        public void Dispose() => pool._free.Enqueue(this);
    }
}
