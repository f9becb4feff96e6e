using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>sched_setaffinity(2), prctl(2)</summary>
internal static unsafe partial class Libc
{
    internal const int PR_SET_TIMERSLACK = 29;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_getaffinity(int thread, nuint maskBytes, void* mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_setaffinity(int thread, nuint maskBytes, void* mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
