using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>ioctl_tty(2), termios(3)</summary>
internal static unsafe partial class Libc
{
    internal const int TermiosBytes = 64; // sizeof(struct termios) is 60 on x86-64 and arm64
    internal const int TCSANOW = 0;
    internal const int TCOFLUSH = 1;

    internal const nuint TCFLSH = 0x540B;
    internal const nuint TIOCGWINSZ = 0x5413;
    internal const nuint TIOCSWINSZ = 0x5414;
    internal const nuint TIOCGPTN = 0x80045430;
    internal const nuint TIOCSPTLCK = 0x40045431;

    // ioctl is variadic in C; on x86-64 and arm64 Linux a pointer argument travels as in a plain call.
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcgetattr(int fd, void* termios);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcsetattr(int fd, int when, void* termios);

    [LibraryImport(Library)]
    internal static partial void cfmakeraw(void* termios);
}
