using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_backend_config</c>: where frontends come from.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BackendConfig : IVersioned
{
    public uint Size;
    public int Fd;
    public byte* Path;
    public byte* Name;

    public static string StructName => "fr_backend_config";

    public static uint FirstSize => 24;
}
