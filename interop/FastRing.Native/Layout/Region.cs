using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_region</c>: never changes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Region
{
    public ulong GuestAddress;
    public ulong Length;
    public ulong FdOffset;
    public int Fd;
    public uint Reserved;
}
