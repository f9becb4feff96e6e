namespace FastRing.Native;

/// <summary>Structs that begin with their size and may grow: what a caller's lacks is zero, and what it has beyond ours must be.</summary>
internal static unsafe class Versioned
{
    private const uint LongestStruct = 4096;

    /// <summary>Copies a caller's struct.</summary>
    /// <exception cref="AbiException">NULL, or a size that can't be.</exception>
    public static T Read<T>(T* from)
        where T : unmanaged, IVersioned
    {
        uint size = Size(from);
        T value = default;

        // SAFETY: the caller says that so many bytes are there; both copies are of the lesser size.
        var bytes = new ReadOnlySpan<byte>(from, (int)size);
        int known = Math.Min((int)size, sizeof(T));
        bytes[..known].CopyTo(new Span<byte>(&value, sizeof(T)));
        return bytes[known..].ContainsAnyExcept((byte)0)
            ? throw new AbiException(ErrorCode.Size, $"{T.StructName}: fields that this library does not know are not zero")
            : value;
    }

    /// <summary>Fills a caller's struct as far as it goes; what it has beyond ours becomes zero. Its size stays the caller's.</summary>
    /// <exception cref="AbiException">NULL, or a size that can't be.</exception>
    public static void Write<T>(T value, T* to)
        where T : unmanaged, IVersioned
    {
        uint size = Size(to);
        int known = Math.Min((int)size, sizeof(T));

        // SAFETY: as above. The first field, the size, is left as it is.
        var bytes = new Span<byte>(to, (int)size);
        new ReadOnlySpan<byte>(&value, known)[sizeof(uint)..].CopyTo(bytes[sizeof(uint)..]);
        bytes[known..].Clear();
    }

    /// <summary>Flags and reserved fields that nobody knows must be zero: they will mean something some day.</summary>
    /// <exception cref="AbiException">They are not.</exception>
    public static void ThrowIfUnknown(uint value, uint known, string field)
    {
        if ((value & ~known) != 0)
        {
            throw new AbiException(ErrorCode.Argument, $"{field}: 0x{value & ~known:x} is not known");
        }
    }

    private static uint Size<T>(T* given)
        where T : unmanaged, IVersioned
    {
        if (given == null)
        {
            throw new AbiException(ErrorCode.Argument, $"{T.StructName}: NULL");
        }

        uint size = *(uint*)given;
        return size >= T.FirstSize && size <= LongestStruct
            ? size
            : throw new AbiException(ErrorCode.Size, $"{T.StructName}: its size field says {size}, it has {T.FirstSize} to {sizeof(T)} bytes");
    }
}
