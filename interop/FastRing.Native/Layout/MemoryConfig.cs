using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_memory_config</c>: of what regions a guest's memory is made.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryConfig : IVersioned
{
    public uint Size;
    public uint RegionCount;
    public Region* Regions;
    public uint Flags;
    public uint Reserved;

    public static string StructName => "fr_memory_config";

    public static uint FirstSize => 24;
}
