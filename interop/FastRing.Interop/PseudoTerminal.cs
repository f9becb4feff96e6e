using System.Globalization;

namespace FastRing.Interop;

/// <summary>A pseudo terminal in raw mode, pty(7): this is the master's end; programs open <see cref="SlavePath"/>.</summary>
public sealed class PseudoTerminal : IDisposable
{
    /// <summary>Opens one. Nobody has the slave open, and the master says so: it hangs up.</summary>
    /// <exception cref="LinuxException">There is no /dev/ptmx, or no more of them can be had.</exception>
    public PseudoTerminal()
    {
        Fd = OwnedFd.Open("/dev/ptmx", Libc.O_RDWR | Libc.O_NONBLOCK);
        try
        {
            SlavePath = Unlock();
            MakeRaw();

            // A master whose slave was never opened does not hang up.
            OwnedFd.Open(SlavePath, Libc.O_RDWR | Libc.O_NONBLOCK).Dispose();
        }
        catch
        {
            Fd.Dispose();
            throw;
        }
    }

    /// <summary>The master, non-blocking. Reading it fails with EIO while nobody has the slave open.</summary>
    public OwnedFd Fd { get; }

    /// <summary>Where programs find the terminal.</summary>
    public string SlavePath { get; }

    /// <summary>Somebody has the slave open.</summary>
    public bool IsOpen => (Fd.Poll(EpollEvents.None) & EpollEvents.HangUp) == 0;

    /// <summary>Columns and rows, as the program at the slave's end set them; null: it did not.</summary>
    public unsafe (ushort Columns, ushort Rows)? Size
    {
        get
        {
            ushort* size = stackalloc ushort[4]; // struct winsize: rows, columns, and pixels nobody uses

            // SAFETY: the kernel writes the eight bytes of a struct winsize.
            int result = Libc.ioctl(Fd.Fd, Libc.TIOCGWINSZ, size);
            GC.KeepAlive(Fd);
            return result == 0 && size[0] > 0 && size[1] > 0 ? (size[1], size[0]) : null;
        }
    }

    /// <summary>As it was when it was made: raw, and without what was written to a program that did not read it.</summary>
    /// <exception cref="LinuxException">ioctl(2) failed.</exception>
    public unsafe void Renew()
    {
        MakeRaw();

        // What is on its way to the slave is dropped from here, what has arrived there only from there.
        using OwnedFd slave = OwnedFd.Open(SlavePath, Libc.O_RDWR | Libc.O_NONBLOCK);

        // SAFETY: the third argument is a number here.
        Libc.Check(Libc.ioctl(Fd.Fd, Libc.TCFLSH, (void*)Libc.TCOFLUSH), "ioctl");
        Libc.Check(Libc.ioctl(slave.Fd, Libc.TCFLSH, (void*)Libc.TCIFLUSH), "ioctl");
        ulong none = 0;

        // SAFETY: the kernel reads the eight bytes of a struct winsize.
        Libc.Check(Libc.ioctl(Fd.Fd, Libc.TIOCSWINSZ, &none), "ioctl");
        GC.KeepAlive(Fd);
    }

    /// <summary>Closes the master: programs at the slave's end are hung up.</summary>
    public void Dispose() => Fd.Dispose();

    private unsafe string Unlock()
    {
        int locked = 0;
        int number = 0;

        // SAFETY: the kernel reads, and writes, the four bytes of a local.
        Libc.Check(Libc.ioctl(Fd.Fd, Libc.TIOCSPTLCK, &locked), "unlockpt");
        Libc.Check(Libc.ioctl(Fd.Fd, Libc.TIOCGPTN, &number), "ptsname");
        return string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{number}");
    }

    /// <summary>Bytes as they are: no echo, no lines, no signals, no newlines changed. Of the master's end it is the slave's mode that is meant.</summary>
    private unsafe void MakeRaw()
    {
        byte* mode = stackalloc byte[Libc.TermiosBytes];

        // SAFETY: the buffer is no smaller than the C library's struct termios.
        Libc.Check(Libc.tcgetattr(Fd.Fd, mode), "tcgetattr");
        Libc.cfmakeraw(mode);
        Libc.Check(Libc.tcsetattr(Fd.Fd, Libc.TCSANOW, mode), "tcsetattr");
        GC.KeepAlive(Fd);
    }
}
