using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>What a terminal's mode is made of, termios(3).</summary>
internal static unsafe partial class Libc
{
    internal const uint ICRNL = 0x100;
    internal const uint OPOST = 1;
    internal const uint ECHO = 8;
}

/// <summary>struct termios of glibc, which is the same on x86-64 and arm64; the C library writes no more than this.</summary>
[StructLayout(LayoutKind.Explicit, Size = Libc.TermiosBytes)]
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
