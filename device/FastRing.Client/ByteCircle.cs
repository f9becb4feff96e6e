namespace FastRing.Client;

/// <summary>Bytes of a stream between two positions, in a circle.</summary>
/// <param name="capacity">How many it holds.</param>
internal sealed class ByteCircle(int capacity)
{
    private byte[]? _bytes; // A session in which nothing passes has none.

    /// <summary>Position of its first byte.</summary>
    public ulong Start { get; private set; }

    /// <summary>Position behind its last byte.</summary>
    public ulong End { get; private set; }

    public int Count => (int)(End - Start);

    public int Room => capacity - Count;

    /// <summary>Adds bytes, no more than there is room for.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        _bytes ??= new byte[capacity];
        int at = (int)(End % (ulong)capacity);
        int first = Math.Min(bytes.Length, capacity - at);
        bytes[..first].CopyTo(_bytes.AsSpan(at));
        bytes[first..].CopyTo(_bytes);
        End += (ulong)bytes.Length;
    }

    /// <summary>Copies bytes that it has.</summary>
    public void CopyTo(Span<byte> destination, ulong from)
    {
        int at = (int)(from % (ulong)capacity);
        int first = Math.Min(destination.Length, capacity - at);
        _bytes.AsSpan(at, first).CopyTo(destination);
        _bytes.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    /// <summary>Bytes before a position are not needed any more.</summary>
    public void DropTo(ulong position) => Start = position;
}
