using System.Buffers;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>Bytes in private memory, first in, first out, in one piece. Its array is the pool's: <see cref="Clear"/> gives it back.</summary>
internal sealed class ByteQueue
{
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    /// <summary>Somebody looks at <see cref="Filled"/>: what is added does not move it, nor has another get its array.</summary>
    public bool IsLent { get; set; }

    public int Length => _end - _start;

    public ReadOnlyMemory<byte> Filled => _bytes.AsMemory(_start, Length);

    /// <summary>Room behind the last byte; valid until the next call of this or of <see cref="Append"/>.</summary>
    public Memory<byte> Free(int least)
    {
        if (_bytes.Length - _end < least)
        {
            MakeRoom(least);
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>So many bytes of the room are filled.</summary>
    public void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_bytes.Length - _end), nameof(bytes));
        _end += bytes;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Free(bytes.Length).Span);
        _end += bytes.Length;
    }

    /// <summary>The first bytes are not needed any more. Room that was handed out stays where it is.</summary>
    public void Skip(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)Length, nameof(bytes));
        _start += bytes;
    }

    /// <summary>Gives the array back; the queue is empty.</summary>
    public void Clear()
    {
        Return(_bytes);
        _bytes = [];
        _start = _end = 0;
    }

    private static void Return(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void MakeRoom(int least)
    {
        int length = Length;
        if (!IsLent && _bytes.Length - length >= least && _start >= length)
        {
            Filled.Span.CopyTo(_bytes); // At least as much was skipped as is moved.
        }
        else
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(2 * length, length + least)));
            Filled.Span.CopyTo(larger);
            Return(IsLent ? [] : _bytes);
            _bytes = larger;
        }

        (_start, _end) = (0, length);
    }
}
