using FastRing.Interop;

namespace FastRing.Native.Exports;

/// <summary>What callers give besides structs.</summary>
internal static unsafe class Given
{
    /// <summary>Room for a result.</summary>
    /// <exception cref="AbiException">There is none.</exception>
    public static void Out(void* pointer, string name)
    {
        if (pointer == null)
        {
            throw new AbiException(ErrorCode.Argument, $"{name}: NULL");
        }
    }

    /// <summary>A descriptor, which stays the caller's.</summary>
    /// <exception cref="AbiException">It is none.</exception>
    public static OwnedFd Duplicate(int fd, string name) =>
        fd >= 0 ? OwnedFd.DuplicateOf(fd) : throw new AbiException(ErrorCode.Argument, $"{name}: {fd} is no descriptor");
}
