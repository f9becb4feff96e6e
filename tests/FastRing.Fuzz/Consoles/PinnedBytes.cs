using System.Runtime.InteropServices;
using FastRing.Interop;

namespace FastRing.Fuzz.Consoles;

/// <summary>Memory of a guest's, as far as an endpoint can tell.</summary>
internal sealed class PinnedBytes : IDisposable
{
    private GCHandle _handle;

    public PinnedBytes(int length)
    {
        _handle = GCHandle.Alloc(new byte[length], GCHandleType.Pinned);
        Vector = new IoVector(_handle.AddrOfPinnedObject(), (nuint)length);
    }

    public IoVector Vector { get; }

    public void Dispose() => _handle.Free();
}
