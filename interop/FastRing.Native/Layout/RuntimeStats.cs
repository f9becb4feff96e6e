using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_runtime_stats</c>: what the library itself uses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RuntimeStats : IVersioned
{
    public uint Size;
    public uint Handles;
    public ulong AllocatedBytes;
    public ulong Collections;

    public static string StructName => "fr_runtime_stats";

    public static uint FirstSize => 24;
}
