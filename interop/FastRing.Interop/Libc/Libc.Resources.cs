using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>getrlimit(2)</summary>
internal static unsafe partial class Libc
{
    internal const int RLIMIT_NOFILE = 7;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getrlimit(int resource, ulong* limit);
}
