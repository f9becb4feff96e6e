using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>termios(3), ioctl_tty(2)</summary>
internal static unsafe partial class Libc
{
    internal const int TCSANOW = 0;
    internal const uint ICRNL = 0x100;
    internal const uint OPOST = 1;
    internal const uint ECHO = 8;
    internal const nuint TIOCGWINSZ = 0x5413;
    internal const int O_RDWR = 2;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcgetattr(int fd, TerminalAttributes* attributes);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcsetattr(int fd, int when, TerminalAttributes* attributes);

    [LibraryImport(Library)]
    internal static partial void cfmakeraw(TerminalAttributes* attributes);

    // Variadic in C; on x86-64 and arm64 Linux a pointer argument travels as in a plain call.
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argument);
}

/// <summary>struct termios of glibc</summary>
[StructLayout(LayoutKind.Explicit, Size = 60)]
internal struct TerminalAttributes
{
    [FieldOffset(0)] public uint Input;
    [FieldOffset(4)] public uint Output;
    [FieldOffset(12)] public uint Local;
}

/// <summary>struct winsize</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WindowSize
{
    public ushort Rows;
    public ushort Columns;
    public ushort PixelsWide;
    public ushort PixelsHigh;
}
