using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>getrlimit(2), setrlimit(2)</summary>
internal static unsafe partial class Libc
{
    internal const int RLIMIT_CORE = 4;
    internal const int RLIMIT_NOFILE = 7;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getrlimit(int resource, ulong* limit);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setrlimit(int resource, ulong* limit);
}
