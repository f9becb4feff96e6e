using System.Runtime.CompilerServices;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>The single reads of structures that the driver may be writing at the same time.</summary>
internal static unsafe class GuestReads
{
    // SAFETY for these four: the caller guarantees 16 mapped bytes on a 16-byte boundary. Volatile, because a plain load could be made twice.

    /// <summary>addr.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Address(VirtqDescriptor* source) => Volatile.Read(ref *(ulong*)source);

    /// <summary>len, below 2^32; in the width it is calculated with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Length(VirtqDescriptor* source) => Volatile.Read(ref *((uint*)source + 2));

    /// <summary>Split ring. Low half: flags; high half: next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FlagsAndNext(VirtqDescriptor* source) => Volatile.Read(ref *((uint*)source + 3));

    /// <summary>Packed ring. Low half: id; high half: flags.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint IdAndFlags(VirtqDescriptor* source) => Volatile.Read(ref *((uint*)source + 3));

    /// <summary>Copies one descriptor, each half read exactly once, so that what is checked is what is used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VirtqDescriptor Descriptor(VirtqDescriptor* source)
    {
        // SAFETY: the caller guarantees 16 mapped bytes on an 8-byte boundary. Volatile, because a plain load could be made twice.
        ulong address = Volatile.Read(ref *(ulong*)source);
        ulong rest = Volatile.Read(ref *((ulong*)source + 1));
        return new VirtqDescriptor(address, (uint)rest, (DescriptorFlags)(ushort)(rest >> 32), (ushort)(rest >> 48));
    }

    /// <summary>The same for an entry of a packed ring's indirect table, whose fields stand elsewhere: only address, length and flags count there.</summary>
    public static VirtqDescriptor Entry(VirtqDescriptor* source)
    {
        // SAFETY: as above.
        ulong address = Volatile.Read(ref *(ulong*)source);
        ulong rest = Volatile.Read(ref *((ulong*)source + 1));
        return new VirtqDescriptor(address, (uint)rest, (DescriptorFlags)(ushort)(rest >> 48), 0);
    }
}
