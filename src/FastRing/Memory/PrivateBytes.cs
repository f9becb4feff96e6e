using System.Runtime.CompilerServices;
using FastRing.Interop;

namespace FastRing.Memory;

/// <summary>Bytes of this process alone that stand still, so that they can go where segments of guest memory go.</summary>
/// <param name="length">How many.</param>
public sealed class PrivateBytes(int length)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);

    /// <summary>The bytes.</summary>
    public Span<byte> Span => _bytes;

    /// <summary>The same, as a segment. This object must live as long as it is used.</summary>
    public unsafe IoVector Vector
    {
        get
        {
            // SAFETY: the array is pinned for its life, and its length is the segment's.
            return new IoVector((nint)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_bytes)), (nuint)_bytes.Length);
        }
    }
}
