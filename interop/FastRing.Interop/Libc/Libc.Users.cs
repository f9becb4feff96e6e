using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>geteuid(2)</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library)]
    internal static partial uint geteuid();
}
