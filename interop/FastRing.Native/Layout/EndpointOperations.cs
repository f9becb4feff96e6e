using System.Runtime.InteropServices;
using FastRing.Interop;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_endpoint_ops</c>: a port's host end in callbacks.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct EndpointOperations : IVersioned
{
    public uint Size;
    public uint Reserved;
    public delegate* unmanaged<void*, IoVector*, uint, nuint> Write;
    public delegate* unmanaged<void*, IoVector*, uint, nuint> Read;
    public delegate* unmanaged<void*, int, void> GuestOpen;
    public delegate* unmanaged<void*, void> Gone;

    public static string StructName => "fr_endpoint_ops";

    public static uint FirstSize => 40;
}
