using FastRing.Queues;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>What the specification makes of one chain: its segments, or every error of the first descriptor that has one.</summary>
internal sealed class Walked
{
    private ChainDirection _direction;
    private bool _sawWritable;
    private ulong _bytes;

    /// <summary>Bit n: the error of number n may be named.</summary>
    public uint Errors { get; private set; }

    public bool IsAvailable { get; set; }

    public List<(ulong Address, ulong Length)> Segments { get; } = [];

    public int Writable { get; private set; }

    public ushort Id { get; private set; }

    public ushort Slots { get; private set; }

    public uint Bytes => (uint)_bytes;

    public void Begin(ChainDirection direction)
    {
        _direction = direction;
        _sawWritable = false;
        _bytes = 0;
        Errors = 0;
        IsAvailable = true;
        Segments.Clear();
        Writable = 0;
    }

    public void Fail(VirtqueueError error) => Errors |= 1U << (int)error;

    public bool Allows(VirtqueueError error) => (Errors >> (int)error & 1) != 0;

    public void Buffer(ulong address, uint length, bool writable)
    {
        if (_sawWritable && !writable)
        {
            Fail(VirtqueueError.ReadableAfterWritable);
        }

        _sawWritable |= writable;
        if (_direction != ChainDirection.Both && (_direction == ChainDirection.Writable) != writable)
        {
            return;
        }

        int before = Segments.Count;
        if (!ScopeMemory.TryCut(address, length, Segments))
        {
            Segments.RemoveRange(before, Segments.Count - before);
            Fail(VirtqueueError.BufferNotMapped);
            return;
        }

        Writable += writable ? Segments.Count - before : 0;
        _bytes += length;
    }

    public void End(ushort id, int slots)
    {
        (Id, Slots) = (id, (ushort)slots);
        if (_bytes > uint.MaxValue)
        {
            Fail(VirtqueueError.ChainTooLarge);
        }
    }
}
