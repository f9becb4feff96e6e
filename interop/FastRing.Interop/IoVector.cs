using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>A piece of memory outside the garbage collector's heap, laid out exactly as <c>struct iovec</c> (readv(2)).</summary>
/// <remarks>It owns nothing: whoever made it guarantees that the mapping lives as long as it is used.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly struct IoVector
{
    private readonly nint _address; // iov_base
    private readonly nuint _length; // iov_len

    /// <summary>Names <paramref name="length"/> bytes at <paramref name="address"/>; nothing is checked.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="length">The number of bytes.</param>
    public IoVector(nint address, nuint length)
    {
        _address = address;
        _length = length;
    }

    /// <summary>The first byte (<c>iov_base</c>).</summary>
    public nint Address => _address;

    /// <summary>The number of bytes (<c>iov_len</c>).</summary>
    public nuint Length => _length;

    /// <summary>The bytes themselves.</summary>
    /// <exception cref="OverflowException">There are more than <see cref="int.MaxValue"/>: slice first.</exception>
    public unsafe Span<byte> Span
    {
        get
        {
            // SAFETY: bounds and lifetime are the maker's promise; bytes need no alignment; a length above int.MaxValue throws.
            return new Span<byte>((void*)_address, checked((int)_length));
        }
    }

    /// <summary>
    /// Touches a byte of each page as a write does, changing none, so that memory that is gone is noticed as lost (<see cref="MappedRegion.IsLost"/>): of what it was asked to do with it the
    /// kernel only says EFAULT.
    /// </summary>
    public static void Touch(ReadOnlySpan<IoVector> vectors)
    {
        foreach (IoVector vector in vectors)
        {
            for (nuint at = 0; at < vector.Length; at += (nuint)Environment.SystemPageSize)
            {
                Touch(vector._address + (nint)at);
            }

            if (vector.Length > 0)
            {
                Touch(vector._address + (nint)(vector.Length - 1)); // A vector that begins within a page ends in one more.
            }
        }
    }

    // SAFETY: within a vector; bounds and lifetime are its maker's promise, and a page that is gone is answered with zeros. A byte needs no alignment.
    private static unsafe void Touch(nint address) => Interlocked.CompareExchange(ref *(byte*)address, 0, 0);

    /// <summary>The bytes from <paramref name="start"/> to the end.</summary>
    /// <param name="start">Bytes to leave out, at most <see cref="Length"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is past the end.</exception>
    public IoVector Slice(nuint start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, _length);
        return new IoVector(_address + (nint)start, _length - start);
    }

    /// <summary><paramref name="length"/> bytes from <paramref name="start"/>.</summary>
    /// <param name="start">Bytes to leave out, at most <see cref="Length"/>.</param>
    /// <param name="length">Bytes to keep, at most what then remains.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slice is not inside.</exception>
    public IoVector Slice(nuint start, nuint length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, _length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length - start);
        return new IoVector(_address + (nint)start, length);
    }
}
