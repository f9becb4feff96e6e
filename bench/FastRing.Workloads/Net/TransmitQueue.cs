using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Workloads.Net;

/// <summary>The packets the driver sends. Those of one round are completed together.</summary>
internal sealed class TransmitQueue(int batchSize)
{
    /// <summary>The longest packet, its header included; what is longer is malformed, as no offload was negotiated that would make one.</summary>
    public const int MaxPacketBytes = NetHeader.Bytes + ushort.MaxValue;

    private readonly ChainBatch _packets = new(batchSize, ChainDirection.Readable);
    private readonly byte[] _gathered = new byte[MaxPacketBytes];
    private int _used; // Packets at the front of the batch that are done with.

    /// <summary>The ring while it is started.</summary>
    public Virtqueue? Ring { get; private set; }

    /// <summary>Whether a ring that is started may be used.</summary>
    public bool IsEnabled { get; set; }

    /// <summary>Whether there is a ring to use.</summary>
    public bool IsReady => Ring is not null && IsEnabled;

    /// <summary>Packets without a payload, or too long for one: given back unread.</summary>
    public long Malformed { get; private set; }

    /// <summary>Packets at hand.</summary>
    public int Count => _packets.Count - _used;

    /// <summary>Fetches as many packets as the batch holds.</summary>
    public void Fetch()
    {
        if (Ring!.Pop(_packets) > 1)
        {
            Segments.Prefetch(_packets.Segments);
        }
    }

    /// <summary>The packets at hand if each is one piece, as packets usually are; else none.</summary>
    public ReadOnlySpan<IoVector> Whole => _used == 0 && _packets.Segments.Length == _packets.Count ? _packets.Segments : [];

    /// <summary>The oldest packet, its header first. It stays the oldest until <see cref="Take"/>.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryPeek(out ReadOnlySpan<byte> packet)
    {
        for (; _used < _packets.Count; Take())
        {
            uint bytes = _packets[_used].Bytes;
            if (bytes is > NetHeader.Bytes and <= MaxPacketBytes)
            {
                ReadOnlySpan<IoVector> segments = _packets.SegmentsOf(_used);
                packet = segments.Length == 1 ? segments[0].Span : _gathered.AsSpan(0, Segments.CopyTo(segments, _gathered));
                return true;
            }

            Malformed++;
        }

        packet = default;
        return false;
    }

    /// <summary>Is done with the oldest packet, or packets.</summary>
    public void Take(int count = 1) => _used += count;

    /// <summary>Gives the buffers of all packets taken back to the driver.</summary>
    public void Flush()
    {
        if (_used > 0)
        {
            Ring!.Complete(_packets, _used);
            Ring.PublishAndNotify();
            _used = 0;
        }
    }

    /// <summary>The ring started.</summary>
    public void Start(Virtqueue ring, bool enabled)
    {
        Ring = ring;
        IsEnabled = enabled;
    }

    /// <summary>Forgets every packet: the ring stops, and what was not completed stays available.</summary>
    public void Stop()
    {
        _packets.Clear();
        _used = 0;
        Ring = null;
    }
}
