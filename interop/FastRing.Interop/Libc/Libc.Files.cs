using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>open(2), read(2), fcntl(2), statx(2): descriptors and files.</summary>
internal static unsafe partial class Libc
{
    internal const nint SYS_close_range = 436;

    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_ACCMODE = 3;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;

    internal const int W_OK = 2;

    internal const int FD_CLOEXEC = 1;
    internal const int F_GETFD = 1;
    internal const int F_SETFD = 2;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_GET_SEALS = 1034;

    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_EMPTY_PATH = 0x1000; // the descriptor itself instead of a name below it

    internal const uint STATX_TYPE = 1;
    internal const uint STATX_MODE = 2;
    internal const uint STATX_SIZE = 0x200;
    internal const uint STATX_INO = 0x100;

    internal const uint RENAME_EXCHANGE = 2;

    internal const int S_IFMT = 0xF000;
    internal const int S_IFREG = 0x8000;
    internal const int S_IFBLK = 0x6000;
    internal const int S_IFDIR = 0x4000;
    internal const int S_IFCHR = 0x2000;
    internal const int S_IFIFO = 0x1000;
    internal const int S_IFSOCK = 0xC000;

    /// <summary>One of the flags of open(2) that have a number of their own on arm64.</summary>
    internal static readonly int O_NOFOLLOW = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    internal const int RWF_NOWAIT = 8;
    internal const long CurrentPosition = -1; // preadv2, pwritev2: as read and write
    internal const int MaxVectors = 1024; // UIO_MAXIOV: more of them make readv and writev fail with EINVAL

    // open and fcntl are variadic in C; on x86-64 and arm64 Linux an int argument travels as in a plain call.
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int open(byte* path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(int fd, int command, int argument);

    [LibraryImport(Library)]
    internal static partial int close(int fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint readv(int fd, IoVector* vectors, int count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint writev(int fd, IoVector* vectors, int count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint preadv2(int fd, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint pwritev2(int fd, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int symlink(byte* target, byte* path);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int rename(byte* before, byte* after);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int renameat2(int beforeDirectory, byte* before, int afterDirectory, byte* after, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int access(byte* path, int mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int unlink(byte* path);

    [LibraryImport(Library)]
    internal static partial uint umask(uint mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmod(int fd, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(int directory, byte* path, int flags, uint mask, FileStatus* status);

    /// <summary>What the descriptor refers to.</summary>
    internal static FileStatus Status(OwnedFd fd)
    {
        FileStatus status;
        byte empty = 0;

        // SAFETY: both pointers are to locals; FileStatus has the 256 bytes the kernel writes.
        int result = statx(fd.Fd, &empty, AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &status);
        GC.KeepAlive(fd);
        Check(result, "statx");
        return status;
    }
}
