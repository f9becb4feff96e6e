using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_log_config</c>: who is told the log's lines.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LogConfig : IVersioned
{
    public uint Size;
    public uint Level;
    public delegate* unmanaged<void*, int, byte*, void> Log;
    public void* User;

    public static string StructName => "fr_log_config";

    public static uint FirstSize => 24;
}
