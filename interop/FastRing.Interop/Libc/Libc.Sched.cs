using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>sched_setaffinity(2)</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_getaffinity(int thread, nuint maskBytes, void* mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_setaffinity(int thread, nuint maskBytes, void* mask);
}
