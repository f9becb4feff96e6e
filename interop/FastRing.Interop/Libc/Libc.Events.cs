using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>eventfd(2), epoll(7), poll(2)</summary>
internal static unsafe partial class Libc
{
    internal const int EFD_NONBLOCK = 0x800;
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;

    /// <summary>sizeof(struct epoll_event): packed on x86-64, so that 32-bit programs share it, padded everywhere else.</summary>
    internal static readonly int EpollEventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Offset of epoll_event.data; epoll_event.events is at 0.</summary>
    internal static int EpollDataOffset => EpollEventBytes - sizeof(ulong);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint initial, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, void* epollEvent);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(PollFd* fds, nuint count, int timeoutMilliseconds);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_pwait2(int epoll, void* epollEvents, int count, TimeSpec* timeout, void* signalMask);
}
