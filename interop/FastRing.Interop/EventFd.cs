using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>An eventfd(2), or what a frontend passes in its place: user-mode-linux passes AF_UNIX stream sockets.</summary>
public sealed class EventFd : IDisposable
{
    private readonly bool _isEventFd;

    private EventFd(OwnedFd fd, bool isEventFd) => (Fd, _isEventFd) = (fd, isEventFd);

    /// <summary>The descriptor, for <see cref="Epoll"/> and <see cref="ScmRights"/>; non-blocking.</summary>
    public OwnedFd Fd { get; }

    /// <summary>A new eventfd with count 0.</summary>
    /// <exception cref="LinuxException">eventfd(2) failed.</exception>
    public static EventFd Create() =>
        new(new OwnedFd(Libc.Check(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK), "eventfd")), isEventFd: true);

    /// <summary>
    /// Owns the descriptor from now on, also when it throws; makes it non-blocking. Whoever shares it may make it blocking again, which changes nothing: but for an eventfd that is full too, for which
    /// Linux has no write that does not wait.
    /// </summary>
    /// <param name="fd">An eventfd or a stream socket.</param>
    /// <exception cref="LinuxException">fcntl(2) failed.</exception>
    public static EventFd Adopt(OwnedFd fd)
    {
        ArgumentNullException.ThrowIfNull(fd);
        try
        {
            fd.SetNonBlocking();
            return new EventFd(fd, isEventFd: (Libc.Status(fd).Mode & Libc.S_IFMT) is not (Libc.S_IFSOCK or Libc.S_IFIFO or Libc.S_IFCHR));
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <summary>Writes the 8 bytes that wake the other side. Never blocks, throws or allocates.</summary>
    /// <returns>True when the other side has a notification pending, which a full descriptor (EAGAIN) proves too.</returns>
    public bool Signal()
    {
        ulong one = 1;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in one));
        nint written = _isEventFd ? Fd.Write(bytes) : Fd.WriteNow(bytes);
        return written is sizeof(ulong) or -Errno.EAGAIN;
    }

    /// <summary>One read of up to 8 bytes, which takes back a pending notification. Never blocks, throws or allocates.</summary>
    /// <returns>1 if something was read, 0 if nothing was pending, -1 at end of file or on an error: stop watching.</returns>
    public int Drain()
    {
        ulong value = 0;
        nint read = Fd.ReadNow(MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
        return read > 0 ? 1 : read == -Errno.EAGAIN ? 0 : -1;
    }

    /// <summary>Closes the descriptor.</summary>
    public void Dispose() => Fd.Dispose();
}
