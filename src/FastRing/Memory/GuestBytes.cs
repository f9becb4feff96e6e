using System.Buffers;
using FastRing.Interop;

namespace FastRing.Memory;

/// <summary>
/// Makes a segment of guest memory a <see cref="Memory{T}"/>, as long as it may be used. One object names one segment after the other; who
/// still holds a <see cref="Memory{T}"/> of the last sees the next, or an exception, and never memory that is gone.
/// </summary>
public sealed class GuestBytes : MemoryManager<byte>
{
    private IoVector _segment;
    private Memory<byte> _copy;

    /// <summary>Names another segment: no more than <see cref="int.MaxValue"/> of its bytes.</summary>
    /// <param name="segment">Stays mapped until this object names another, or none.</param>
    /// <returns>Its bytes.</returns>
    public Memory<byte> Name(IoVector segment)
    {
        _segment = segment.Slice(0, Math.Min(segment.Length, int.MaxValue));
        _copy = default;
        return CreateMemory((int)_segment.Length);
    }

    /// <summary>Names private bytes in place of guest memory that is about to go: what was handed out is these from now on.</summary>
    /// <param name="bytes">At least as many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are fewer.</exception>
    public void Rename(Memory<byte> bytes)
    {
        _copy = bytes[..(int)_segment.Length];
        _segment = default;
    }

    /// <summary>Names nothing.</summary>
    public void Forget()
    {
        _segment = default;
        _copy = default;
    }

    /// <inheritdoc/>
    /// <remarks>Nothing, once forgotten: slices of a longer memory throw.</remarks>
    public override Span<byte> GetSpan() => _segment.Length > 0 ? _segment.Span : _copy.Span;

    /// <inheritdoc/>
    /// <remarks>A pin does not keep guest memory mapped.</remarks>
    /// <exception cref="ObjectDisposedException">It names nothing.</exception>
    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        int length = GetSpan().Length;
        ObjectDisposedException.ThrowIf(length == 0, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        if (_segment.Length == 0)
        {
            return _copy[elementIndex..].Pin();
        }

        // SAFETY: guest memory does not move, and Name's caller keeps it mapped; the index was compared with its length.
        return new MemoryHandle((byte*)_segment.Address + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Forget();
}
