using System.Buffers.Binary;

namespace FastRing.Fuzz;

/// <summary>Takes an input apart. What is behind its end is 0.</summary>
internal ref struct FuzzInput(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>Bytes that were not taken.</summary>
    public readonly int Left => _rest.Length;

    public byte Byte()
    {
        if (_rest.IsEmpty)
        {
            return 0;
        }

        byte first = _rest[0];
        _rest = _rest[1..];
        return first;
    }

    public bool Bool() => (Byte() & 1) != 0;

    public ushort UInt16()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint UInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong UInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>One of a few, by one byte.</summary>
    public T Pick<T>(ReadOnlySpan<T> of) => of[Byte() % of.Length];

    /// <summary>As many bytes as are left, and no more than that.</summary>
    public ReadOnlySpan<byte> Bytes(int most)
    {
        ReadOnlySpan<byte> front = _rest[..Math.Min(most, _rest.Length)];
        _rest = _rest[front.Length..];
        return front;
    }

    private void Fill(scoped Span<byte> bytes)
    {
        ReadOnlySpan<byte> front = Bytes(bytes.Length);
        bytes[front.Length..].Clear();
        front.CopyTo(bytes);
    }
}
