namespace FastRing.Interop;

/// <summary>A terminal in raw mode, until this is disposed: then it is as it was found.</summary>
/// <remarks>Any thread may call any member at any time; signals come on threads of their own.</remarks>
public sealed unsafe class TerminalMode : IDisposable
{
    private readonly int _fd;
    private readonly Lock _gate = new();
    private readonly TerminalAttributes _found;
    private readonly TerminalAttributes _raw;
    private bool _disposed;

    /// <summary>Makes the terminal raw: every key at once, as it is; none is a signal.</summary>
    /// <param name="fd">The terminal, which stays open longer than this.</param>
    /// <param name="keepsLines">
    /// True: lines stay what they are here (echo, Enter is a newline, a newline returns the carriage), for a far end that is no terminal itself.
    /// </param>
    /// <exception cref="LinuxException">ENOTTY: it is no terminal, and others.</exception>
    public TerminalMode(int fd, bool keepsLines = false)
    {
        _fd = fd;
        TerminalAttributes found;

        // SAFETY: the C library reads and writes one struct termios, in locals of its size.
        Libc.Check(Libc.tcgetattr(fd, &found), "tcgetattr");
        TerminalAttributes raw = found;
        Libc.cfmakeraw(&raw);
        if (keepsLines)
        {
            raw.Input |= found.Input & Libc.ICRNL;
            raw.Output |= found.Output & Libc.OPOST;
            raw.Local |= found.Local & Libc.ECHO;
        }

        (_found, _raw) = (found, raw);
        Libc.Check(Set(raw), "tcsetattr");
    }

    /// <summary>Makes it raw once more: after a stop (SIGCONT) the shell has set it to its own liking. Nothing once disposed.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _ = Set(_raw);
            }
        }
    }

    /// <summary>Makes the terminal as it was found. A terminal that is gone is left alone.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _ = Set(_found);
            }
        }
    }

    private int Set(TerminalAttributes attributes)
    {
        int result;
        do
        {
            // SAFETY: the C library reads one struct termios, our own copy.
            result = Libc.tcsetattr(_fd, Libc.TCSANOW, &attributes);
        }
        while (Libc.Interrupted(result));
        return result;
    }
}
