using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>posix_spawn(3), pidfd_open(2), waitpid(2), kill(2)</summary>
internal static unsafe partial class Libc
{
    internal const nint SYS_pidfd_open = 434;
    internal const int WNOHANG = 1;

    /// <summary>More than posix_spawn_file_actions_t takes in any C library (glibc: 80).</summary>
    internal const int SpawnFileActionsBytes = 256;

    /// <summary>More than posix_spawnattr_t takes in any C library (glibc: 336).</summary>
    internal const int SpawnAttributesBytes = 512;

    internal const short POSIX_SPAWN_SETSIGMASK = 8;

    // These return the error instead of setting errno.
    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int newFd);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigmask(void* attributes, ulong* set);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawn(int* process, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int waitpid(int process, int* status, int options);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int process, int signal);
}
