using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>
/// How one queue's I/O virtual addresses become memory, with <c>VIRTIO_F_ACCESS_PLATFORM</c>: by an <see cref="Iotlb"/> that queues of a device share.
/// <para>
/// A chain whose translation is not known stays on the ring. The queue asks for it once and yields nothing until <see cref="Answer"/>, so nothing blocks and
/// nothing spins; one question is open at a time. What it has translated for chains that are not given back yet is remembered by id (with a count, as a driver may offer
/// an id twice), because an invalidation concerns those too, whether their entries are still known or not.
/// </para>
/// </summary>
/// <param name="iotlb">What is known.</param>
/// <param name="missed">Called when <see cref="Miss"/> is something new.</param>
public sealed class QueueTranslation(Iotlb iotlb, Action missed)
{
    /// <summary>Pieces of a chain: far more than drivers have, and few enough for all of them to be known at once.</summary>
    private const int MostPieces = Iotlb.MaxEntries / 2;

    private const int Areas = 3;

    private readonly IovaRange[] _areas = new IovaRange[Areas];
    private (IovaRange? Range, int Chains)[] _held = [];
    private int _areaCount;
    private IotlbMiss? _answered; // The last question, if an answer came.
    private IovaRange? _chain;    // What the chain being walked lies in.
    private int _pieces;

    /// <summary>What the queue waits for; null: for nothing.</summary>
    public IotlbMiss? Miss { get; private set; }

    /// <summary>Translations for these addresses came: what was waited for is looked up again if it is among them.</summary>
    /// <returns>True when it is: the queue, or its start, is to be tried again.</returns>
    public bool Answer(IovaRange range)
    {
        if (Miss is not { } miss || !range.Contains(miss.Address))
        {
            return false;
        }

        _answered = miss;
        Miss = null;
        return true;
    }

    /// <summary>Whether memory of these addresses is used: the ring's own, or that of a chain the device has not given back.</summary>
    public bool Uses(IovaRange range)
    {
        foreach (ref readonly IovaRange area in _areas.AsSpan(0, _areaCount))
        {
            if (area.Overlaps(range))
            {
                return true;
            }
        }

        foreach (ref readonly (IovaRange? Range, int Chains) held in _held.AsSpan())
        {
            if (held.Range is { } used && used.Overlaps(range))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The queue stopped: nothing of it is used and nothing waited for.</summary>
    public void Reset()
    {
        _areaCount = 0;
        GiveBackAll();
        _answered = null;
        Miss = null;
    }

    /// <summary>A ring is about to look its areas up.</summary>
    internal void BeginAreas(uint size)
    {
        _areaCount = 0;
        _held = _held.Length == (int)size ? _held : new (IovaRange?, int)[size]; // Tried again and again, it takes no memory again.
    }

    /// <summary>Where an area lies in this process, if it lies in one piece.</summary>
    internal VirtqueueError TranslateArea(ulong address, ulong bytes, IotlbAccess access, out nint host)
    {
        host = 0;
        if (bytes - 1 > ulong.MaxValue - address)
        {
            return VirtqueueError.AreaNotMapped;
        }

        for (ulong done = 0; done < bytes;)
        {
            VirtqueueError error = Find(address + done, access, out IotlbEntry entry);
            if (error != VirtqueueError.None)
            {
                return error;
            }

            nint at = entry.HostOf(address + done);
            host = done == 0 ? at : host;
            if (at != host + (nint)done)
            {
                return VirtqueueError.AreaNotMapped;
            }

            done += Math.Min(entry.BytesFrom(address + done), bytes - done);
        }

        _areas[_areaCount++] = IovaRange.Of(address, bytes);
        _answered = _areaCount == Areas ? null : _answered;
        return VirtqueueError.None;
    }

    /// <summary>The first piece of a buffer, or of an indirect table.</summary>
    internal VirtqueueError FirstPiece(ulong address, ulong length, bool writable, out IoVector piece)
    {
        piece = default;
        if (_pieces++ == MostPieces)
        {
            return VirtqueueError.TooManySegments;
        }

        VirtqueueError error = Find(address, writable ? IotlbAccess.Write : IotlbAccess.Read, out IotlbEntry entry);
        if (error != VirtqueueError.None)
        {
            return error;
        }

        ulong bytes = Math.Min(entry.BytesFrom(address), length);
        piece = new IoVector(entry.HostOf(address), (nuint)bytes);
        _chain = Union(_chain, IovaRange.Of(address, bytes));
        return VirtqueueError.None;
    }

    /// <summary>A chain is about to be walked.</summary>
    internal void BeginChain()
    {
        _chain = null;
        _pieces = 0;
    }

    /// <summary>The chain is the device's, until it is given back.</summary>
    internal void Hold(ushort id)
    {
        ref (IovaRange? Range, int Chains) held = ref _held[id];
        held = (_chain is { } chain ? Union(held.Range, chain) : held.Range, held.Chains + 1);
        _answered = null;
    }

    /// <summary>The device gave a chain of that id back.</summary>
    internal void GiveBack(ushort id)
    {
        ref (IovaRange? Range, int Chains) held = ref _held[id];
        held = held.Chains > 1 ? (held.Range, held.Chains - 1) : default;
    }

    /// <summary>The device has no chain any more.</summary>
    internal void GiveBackAll() => Array.Clear(_held);

    private static IovaRange Union(IovaRange? one, IovaRange other) =>
        one is { } first ? new(Math.Min(first.First, other.First), Math.Max(first.Last, other.Last)) : other;

    private VirtqueueError Find(ulong address, IotlbAccess access, out IotlbEntry entry)
    {
        IotlbAccess missing = iotlb.TryFind(address, out entry) ? access & ~entry.Access : access;
        if (missing == IotlbAccess.None)
        {
            return VirtqueueError.None;
        }

        // Who knows the place but may not do there what it must asks once: the entry may say no more than was asked for before. Then that is the answer.
        var miss = new IotlbMiss(address, missing);
        if (entry.Access != IotlbAccess.None && miss == _answered)
        {
            return VirtqueueError.AccessDenied;
        }

        if (Miss != miss)
        {
            Miss = miss;
            missed();
        }

        return VirtqueueError.NotTranslated;
    }
}
