using System.Runtime.CompilerServices;
using FastRing.Interop;

namespace FastRing.Memory;

/// <summary>
/// Memory that outlives the process, because somebody else holds its file too: what a process that ends at any moment leaves for the next. Whoever holds it may write to it at
/// any time (vhost-user, "Inflight I/O tracking": the frontend has it), so what is read is copied and then checked. A process that is killed has done its stores up to some
/// one of them: all that matters is their order, which the members that write keep.
/// </summary>
public sealed class RecoveryArea
{
    private readonly MappedRegion _mapping;
    private readonly int _start;

    /// <param name="mapping">Stays mapped as long as the area is used; its owner unmaps it.</param>
    /// <param name="start">Where in it the area begins, a multiple of 64.</param>
    /// <param name="length">Bytes, a multiple of 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mapping has no such part.</exception>
    public RecoveryArea(MappedRegion mapping, int start, int length)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % sizeof(ulong), 0, nameof(length));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNotEqual(start % 64, 0, nameof(start));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)start + (ulong)length, mapping.SizeBytes, nameof(length));
        _mapping = mapping;
        _start = start;
        Length = length;
    }

    /// <summary>Bytes of it.</summary>
    public int Length { get; }

    /// <summary>A test ends a process between any two stores: called before each.</summary>
    internal Action? Storing { get; set; }

    /// <summary>A store to guest memory comes next whose order among those to the area matters: a test may end the process here too.</summary>
    internal void BeforeGuestStore() => Storing?.Invoke();

    /// <summary>Copies bytes out.</summary>
    public void Read(int offset, Span<byte> destination) => Bytes(offset, destination.Length).CopyTo(destination);

    /// <summary>One load, acquire.</summary>
    public ulong Load(int offset) => Volatile.Read(ref Word(offset));

    /// <summary>Copies bytes in: what a killed process leaves of them is not told. Something stored afterwards says that they are there.</summary>
    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        Storing?.Invoke();
        Volatile.WriteBarrier(); // None of these may be done before what was stored last: it may be what makes them unread.
        source.CopyTo(Bytes(offset, source.Length));
    }

    /// <summary>One store, wholly done or not at all; after all before it (release), and before what is written or stored to the area after it.</summary>
    public void Store(int offset, ulong value)
    {
        Storing?.Invoke();
        Volatile.Write(ref Word(offset), value);
    }

    private unsafe Span<byte> Bytes(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset, nameof(length));

        // SAFETY: the range lies in the area, which lies in the mapping (constructor), which stays mapped while the area is used.
        return new Span<byte>((byte*)_mapping.Address + _start + offset, length);
    }

    private unsafe ref ulong Word(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeof(ulong), Length - offset, nameof(offset));
        ArgumentOutOfRangeException.ThrowIfNotEqual(offset % sizeof(ulong), 0, nameof(offset));

        // SAFETY: as above; a mapping is page aligned and the area begins at a multiple of 64 in it, so the word is aligned.
        return ref Unsafe.AsRef<ulong>((byte*)_mapping.Address + _start + offset);
    }
}
