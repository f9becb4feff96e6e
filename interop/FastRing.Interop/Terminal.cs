namespace FastRing.Interop;

/// <summary>Terminals, as far as a program on one needs to know.</summary>
public static unsafe class Terminal
{
    private const int ReadWrite = 2; // O_RDWR

    /// <summary>True when the descriptor is a terminal.</summary>
    /// <param name="fd">A descriptor; one that is not open is no terminal.</param>
    public static bool IsTerminal(int fd)
    {
        TerminalAttributes attributes;

        // SAFETY: the C library writes one struct termios, into a local of its size.
        return Libc.tcgetattr(fd, &attributes) == 0;
    }

    /// <summary>The size of the terminal's window in characters.</summary>
    /// <param name="fd">A descriptor.</param>
    /// <returns>Null when it is no terminal, or nobody said how large it is.</returns>
    public static (ushort Columns, ushort Rows)? Size(int fd)
    {
        WindowSize size = default;

        // SAFETY: the kernel writes one struct winsize, into a local of its size.
        bool known = Libc.ioctl(fd, Libc.TIOCGWINSZ, &size) == 0;
        return known && size is { Columns: > 0, Rows: > 0 } ? (size.Columns, size.Rows) : null;
    }

    /// <summary>Opens a terminal to read from and write to; it does not become this process's own.</summary>
    /// <param name="path">For example <c>/dev/pts/3</c>.</param>
    /// <exception cref="LinuxException">open(2) failed, or ENOTTY: it is something else.</exception>
    public static OwnedFd Open(string path)
    {
        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* name = Libc.CString(path))
        {
            int fd;
            do
            {
                fd = Libc.open(name, ReadWrite | Libc.O_CLOEXEC | Libc.O_NOCTTY, 0);
            }
            while (Libc.Interrupted(fd));
            var terminal = new OwnedFd(Libc.Check(fd, "open"));
            if (IsTerminal(terminal.Fd))
            {
                return terminal;
            }

            terminal.Dispose();
            throw new LinuxException("open", Errno.ENOTTY);
        }
    }
}
