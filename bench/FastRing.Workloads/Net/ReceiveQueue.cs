using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Workloads.Net;

/// <summary>The driver's receive buffers, and the packets put into them. Those of one round are completed together.</summary>
internal sealed class ReceiveQueue(int batchSize)
{
    private readonly ChainBatch _buffers = new(batchSize, ChainDirection.Writable);
    private int _used; // Buffers at the front of the batch that are done with.

    /// <summary>The ring while it is started.</summary>
    public Virtqueue? Ring { get; private set; }

    /// <summary>Whether a ring that is started may be used.</summary>
    public bool IsEnabled { get; set; }

    /// <summary>Whether there is a ring to use.</summary>
    public bool IsReady => Ring is not null && IsEnabled;

    /// <summary>Whether a packet may spread over several buffers.</summary>
    public bool IsMergeable { get; set; }

    /// <summary>Buffers too small for a header, given back empty.</summary>
    public long Malformed { get; private set; }

    /// <summary>Buffers at hand.</summary>
    public int Count => _buffers.Count - _used;

    /// <summary>Fetches as many buffers as the batch holds.</summary>
    public void Fetch() => Ring!.Pop(_buffers);

    /// <summary>
    /// Puts packets of one piece each into buffers of one piece each, as far as they fit: the usual case, without asking about the others for every packet.
    /// </summary>
    /// <param name="packets">The packets, their headers first; these are not read.</param>
    /// <param name="bytes">Grows by what was delivered, without headers.</param>
    /// <returns>Packets delivered.</returns>
    public int DeliverWhole(ReadOnlySpan<IoVector> packets, ref long bytes)
    {
        ReadOnlySpan<IoVector> buffers = _buffers.Segments;
        int count = _used == 0 && buffers.Length == _buffers.Count ? Math.Min(packets.Length, buffers.Length) : 0;
        int done = 0;
        for (; done < count; done++)
        {
            IoVector packet = packets[done];
            if (packet.Length <= NetHeader.Bytes || packet.Length > TransmitQueue.MaxPacketBytes || buffers[done].Length < packet.Length)
            {
                break;
            }

            int length = (int)packet.Length;
            Span<byte> buffer = buffers[done].Slice(0, packet.Length).Span;
            packet.Span[NetHeader.Bytes..].CopyTo(buffer[NetHeader.Bytes..]);
            NetHeader.Write(buffer, 1);
            _buffers[done].Written = (uint)length;
            bytes += length - NetHeader.Bytes;
        }

        _used = done;
        return done;
    }

    /// <summary>Puts a packet, its header first, into the next buffer or buffers.</summary>
    /// <param name="packet">The packet; its header is not copied but written anew.</param>
    public Delivery Deliver(ReadOnlySpan<byte> packet)
    {
        while (Count > 0)
        {
            ref DescriptorChain chain = ref _buffers[_used];
            ReadOnlySpan<IoVector> segments = _buffers.SegmentsOf(_used);
            if (segments.Length == 1 && segments[0].Length >= (nuint)packet.Length)
            {
                Span<byte> buffer = segments[0].Slice(0, (nuint)packet.Length).Span;
                packet[NetHeader.Bytes..].CopyTo(buffer[NetHeader.Bytes..]);
                NetHeader.Write(buffer, 1);
                chain.Written = (uint)packet.Length;
                _used++;
                return Delivery.Done;
            }

            if (chain.Bytes >= NetHeader.Bytes)
            {
                return Spread(packet);
            }

            Skip();
        }

        return Delivery.NoBuffers;
    }

    /// <summary>Gives the next buffer back empty, with the round's others.</summary>
    public void Skip()
    {
        Malformed++;
        _used++;
    }

    /// <summary>Gives the filled buffers to the driver.</summary>
    public void Flush()
    {
        if (_used > 0)
        {
            Ring!.Complete(_buffers, _used);
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

    /// <summary>Forgets every buffer: the ring stops, and what was filled but not completed stays the driver's.</summary>
    public void Stop()
    {
        _buffers.Clear();
        _used = 0;
        Ring = null;
    }

    /// <summary>The slow way: a buffer of several pieces, or a packet of several buffers.</summary>
    private Delivery Spread(ReadOnlySpan<byte> packet)
    {
        long room = 0;
        int buffers = 0;
        int most = IsMergeable ? Count : 1;
        while (buffers < most && room < packet.Length)
        {
            room += _buffers[_used + buffers++].Bytes;
        }

        if (room < packet.Length)
        {
            // With a whole batch of buffers it still does not fit: it never will.
            return IsMergeable && Count < Math.Min(batchSize, Ring!.Size) ? Delivery.NoBuffers : Delivery.TooLong;
        }

        Span<byte> header = stackalloc byte[NetHeader.Bytes];
        NetHeader.Write(header, (ushort)buffers);
        int copied = 0;
        for (int i = 0; i < buffers; i++, _used++)
        {
            int part = Segments.CopyFrom(packet[copied..], _buffers.SegmentsOf(_used));
            _buffers[_used].Written = (uint)part;
            if (i == 0)
            {
                Segments.CopyFrom(header, _buffers.SegmentsOf(_used));
            }

            copied += part;
        }

        return Delivery.Done;
    }
}
