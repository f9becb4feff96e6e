using FastRing.Console.State;

namespace FastRing.Console.Ports;

/// <summary>
/// Tells when a driver has dealt with what it was given, from the buffers it gives back: it returns a buffer when it has taken what is in it.
/// A driver fills its ring before anything is used; every buffer it makes available after that is one it had been given.
/// </summary>
/// <param name="size">Entries of the ring.</param>
internal struct BufferReturns(int size)
{
    private readonly uint[] _bytes = new uint[size]; // of the buffers that are out, by order of use

    /// <summary>Goes on where a stopped queue of the same size left off.</summary>
    public BufferReturns(BuffersOut stopped)
        : this(stopped.Size)
    {
        (Available, First, Returned) = (stopped.Available, stopped.First, stopped.Returned);
        Used = Returned;
        for (int i = 0; i < stopped.Count; i++)
        {
            Use(stopped.BytesOf(i));
        }
    }

    /// <summary>Entries of the ring.</summary>
    public readonly int Size => _bytes.Length;

    /// <summary>Buffers ever made available, those put back not counted again.</summary>
    public ulong Available { get; private set; }

    /// <summary>Of them before anything was used.</summary>
    public ulong First { get; private set; }

    /// <summary>Buffers used.</summary>
    public ulong Used { get; private set; }

    /// <summary>Buffers used that the driver has given back since.</summary>
    public ulong Returned { get; private set; }

    /// <summary>Bytes in those it has not.</summary>
    public ulong BytesOut { get; private set; }

    /// <summary>Buffers were made available.</summary>
    public void Add(int buffers)
    {
        Available += (ulong)buffers;
        if (Used == 0)
        {
            First = Available;
        }

        while (Returned < Used && Returned + First < Available)
        {
            BytesOut -= _bytes[Returned++ % (ulong)_bytes.Length];
        }
    }

    /// <summary>The first buffer is about to be used.</summary>
    /// <param name="areMore">There are others on the ring that were not taken: then the driver has as many as the ring holds, or is thought to.</param>
    public void Begin(bool areMore) => First = areMore ? (ulong)_bytes.Length : First;

    /// <summary>Buffers were put back on the ring as if never seen: they will be available again.</summary>
    public void PutBack(int buffers) => Available -= (ulong)buffers;

    /// <summary>A buffer was used, with so many bytes in it.</summary>
    public void Use(uint bytes)
    {
        if (Used - Returned == (ulong)_bytes.Length)
        {
            BytesOut -= _bytes[Returned++ % (ulong)_bytes.Length]; // A driver of more buffers than its ring has: not to be followed.
        }

        _bytes[Used++ % (ulong)_bytes.Length] = bytes;
        BytesOut += bytes;
    }

    /// <summary>The same, to be kept while the queue is stopped.</summary>
    /// <param name="held">Buffers that were taken from the ring and are to be put back.</param>
    public readonly BuffersOut Stopped(int held = 0)
    {
        var bytes = new uint[Used - Returned];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = _bytes[(Returned + (ulong)i) % (ulong)_bytes.Length];
        }

        return new BuffersOut(Size, Available - (ulong)held, First, Returned, bytes);
    }
}
