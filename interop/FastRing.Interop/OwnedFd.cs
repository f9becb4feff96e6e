using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>Owns one file descriptor and closes it once.</summary>
/// <remarks>
/// Not synchronised: the thread that uses a descriptor also disposes it, because a number closed under a running call may
/// already belong to another file. After disposal the number is -1, and every call answers EBADF.
/// </remarks>
public sealed class OwnedFd : SafeHandle
{
    private const nint Closed = -1;
    private const int FirstOther = 3; // Behind standard input, output and error.

    /// <summary>Takes ownership of <paramref name="fd"/>.</summary>
    /// <param name="fd">An open descriptor that nothing else will close.</param>
    public OwnedFd(int fd)
        : base(Closed, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fd);
        SetHandle(fd);
    }

    /// <summary>The raw number, valid while not disposed; -1 afterwards.</summary>
    public int Fd => (int)handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == Closed;

    /// <summary>Opens a file; it is not inherited by child processes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="append">
    /// True: write-only, at the end, created with mode 0600 if missing; a FIFO without a reader is ENXIO instead of a wait. False: read-only, must exist.
    /// </param>
    /// <exception cref="LinuxException">open(2) failed.</exception>
    public static OwnedFd OpenFile(string path, bool append) =>
        Open(path, append ? Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND | Libc.O_NONBLOCK : Libc.O_RDONLY);

    /// <summary>Makes a file that is not there yet, with mode 0600, to be written at its end.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="LinuxException">open(2) failed; EEXIST when something stands there.</exception>
    public static OwnedFd CreateFile(string path) => Open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_APPEND);

    /// <summary>Opens one end of a FIFO, non-blocking, without waiting for the other.</summary>
    /// <param name="path">The FIFO.</param>
    /// <param name="write">True: to write to it, which needs a reader; false: to read from it.</param>
    /// <returns>Null: nobody reads it.</returns>
    /// <exception cref="LinuxException">open(2) failed.</exception>
    public static OwnedFd? OpenFifo(string path, bool write)
    {
        int fd = TryOpen(path, Libc.O_NONBLOCK | (write ? Libc.O_WRONLY : Libc.O_RDONLY));
        return fd < 0 && write && Libc.LastErrno == Errno.ENXIO ? null : new OwnedFd(Libc.Check(fd, "open"));
    }

    /// <summary>
    /// Closes every descriptor of the process but this one and the standard ones, whoever owns them: close_range(2). Other ends see what they see when a process ends, without waiting for its
    /// memory to be given back. For a process that does nothing any more.
    /// </summary>
    public void CloseOthers()
    {
        _ = Libc.syscall(Libc.SYS_close_range, FirstOther, Fd - 1, 0, 0);
        _ = Libc.syscall(Libc.SYS_close_range, Fd + 1, int.MaxValue, 0, 0);
    }

    internal static OwnedFd Open(string path, int flags) => new(Libc.Check(TryOpen(path, flags), "open"));

    /// <summary>Opens a device for reading and writing, non-blocking, not inherited by child processes, and never as a controlling terminal.</summary>
    /// <param name="path">The device's file.</param>
    /// <exception cref="LinuxException">open(2) failed.</exception>
    public static OwnedFd OpenDevice(string path) => Open(path, Libc.O_RDWR | Libc.O_NONBLOCK);

    /// <summary>read(2). Never throws, never allocates; interruption by a signal is retried.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <returns>Bytes read, 0 at end of file, or -errno.</returns>
    public unsafe nint Read(Span<byte> buffer)
    {
        // SAFETY: the span is pinned for the call and bounds it.
        fixed (byte* first = buffer)
        {
            nint result;
            do
            {
                result = Libc.read(Fd, first, (nuint)buffer.Length);
            }
            while (Libc.Interrupted(result));
            GC.KeepAlive(this);
            return Libc.BytesOrErrno(result);
        }
    }

    // No MSG_NOSIGNAL here or in WriteVector: the .NET runtime ignores SIGPIPE for the whole process before managed code
    // runs (checked: CoreCLR, NativeAOT program, NativeAOT library inside a C program), so a closed reader is just -EPIPE.

    /// <summary>write(2). Never throws, never allocates; interruption by a signal is retried.</summary>
    /// <param name="buffer">The bytes to write.</param>
    /// <returns>Bytes written, which may be fewer than asked, or -errno; EPIPE, not SIGPIPE, when nobody reads any more.</returns>
    public unsafe nint Write(ReadOnlySpan<byte> buffer)
    {
        // SAFETY: the span is pinned for the call and bounds it.
        fixed (byte* first = buffer)
        {
            nint result;
            do
            {
                result = Libc.write(Fd, first, (nuint)buffer.Length);
            }
            while (Libc.Interrupted(result));
            GC.KeepAlive(this);
            return Libc.BytesOrErrno(result);
        }
    }

    /// <summary>
    /// As <see cref="Read"/>, but does not wait, whatever others have made of a file that they share: preadv2(2) with RWF_NOWAIT. For eventfds and sockets, and for pipes (Linux 6.4); for what does
    /// not know it, as <see cref="Read"/>.
    /// </summary>
    /// <param name="buffer">Where the bytes go.</param>
    public unsafe nint ReadNow(Span<byte> buffer)
    {
        // SAFETY: the span is pinned for the call and bounds it.
        fixed (byte* first = buffer)
        {
            var vector = new IoVector((nint)first, (nuint)buffer.Length);
            nint result;
            do
            {
                result = Libc.preadv2(Fd, &vector, 1, Libc.CurrentPosition, Libc.RWF_NOWAIT);
            }
            while (Libc.Interrupted(result));
            GC.KeepAlive(this);
            return result < 0 && Libc.LastErrno is Errno.EOPNOTSUPP or Errno.ENOSYS ? Read(buffer) : Libc.BytesOrErrno(result);
        }
    }

    /// <summary>As <see cref="Write"/>, but does not wait: see <see cref="ReadNow"/>. Eventfds do not know it.</summary>
    /// <param name="buffer">The bytes to write.</param>
    public unsafe nint WriteNow(ReadOnlySpan<byte> buffer)
    {
        // SAFETY: the span is pinned for the call and bounds it.
        fixed (byte* first = buffer)
        {
            var vector = new IoVector((nint)first, (nuint)buffer.Length);
            nint result;
            do
            {
                result = Libc.pwritev2(Fd, &vector, 1, Libc.CurrentPosition, Libc.RWF_NOWAIT);
            }
            while (Libc.Interrupted(result));
            GC.KeepAlive(this);
            return result < 0 && Libc.LastErrno is Errno.EOPNOTSUPP or Errno.ENOSYS ? Write(buffer) : Libc.BytesOrErrno(result);
        }
    }

    /// <summary>readv(2), as <see cref="Read"/>.</summary>
    /// <param name="vectors">Where the bytes go; the kernel takes 1024 at a time, so later ones are ignored.</param>
    /// <returns>Bytes read, 0 at end of file (or without room), or -errno. EFAULT when a mapping is gone.</returns>
    public unsafe nint ReadVector(ReadOnlySpan<IoVector> vectors)
    {
        // SAFETY: the array is pinned for the call; the kernel checks the addresses in it.
        fixed (IoVector* first = vectors)
        {
            nint result;
            do
            {
                result = Libc.readv(Fd, first, Math.Min(vectors.Length, Libc.MaxVectors));
            }
            while (Libc.Interrupted(result));
            GC.KeepAlive(this);
            return NoticedIfLost(Libc.BytesOrErrno(result), vectors);
        }
    }

    /// <summary>writev(2), as <see cref="Write"/>.</summary>
    /// <param name="vectors">The bytes to write; the kernel takes 1024 at a time, so later ones are ignored.</param>
    /// <returns>Bytes written, which may be fewer than asked, or -errno. EFAULT when a mapping is gone.</returns>
    public unsafe nint WriteVector(ReadOnlySpan<IoVector> vectors)
    {
        // SAFETY: the array is pinned for the call; the kernel checks the addresses in it.
        fixed (IoVector* first = vectors)
        {
            nint result;
            do
            {
                result = Libc.writev(Fd, first, Math.Min(vectors.Length, Libc.MaxVectors));
            }
            while (Libc.Interrupted(result));
            GC.KeepAlive(this);
            return NoticedIfLost(Libc.BytesOrErrno(result), vectors);
        }
    }

    /// <summary>
    /// Of memory whose file has shrunk the kernel only says EFAULT: a touch has it noticed as lost (<see cref="MappedRegion.IsLost"/>). EFAULT that is nothing of the sort is EIO from here on.
    /// </summary>
    private static nint NoticedIfLost(nint result, ReadOnlySpan<IoVector> vectors)
    {
        if (result != -Errno.EFAULT)
        {
            return result;
        }

        ulong before = MappedRegion.Losses;
        IoVector.Touch(vectors);
        return MappedRegion.Losses != before ? result : -Errno.EIO;
    }

    /// <summary>Sets or clears O_NONBLOCK on the open file, which other owners of a duplicate share.</summary>
    /// <param name="on">True for non-blocking.</param>
    /// <exception cref="LinuxException">fcntl(2) failed.</exception>
    public void SetNonBlocking(bool on = true)
    {
        int flags = Control(Libc.F_GETFL, 0);
        int wanted = on ? flags | Libc.O_NONBLOCK : flags & ~Libc.O_NONBLOCK;
        if (wanted != flags)
        {
            Control(Libc.F_SETFL, wanted);
        }
    }

    /// <summary>Keeps it from programs that this process starts.</summary>
    /// <exception cref="LinuxException">fcntl(2) failed.</exception>
    public void SetCloseOnExec() => Control(Libc.F_SETFD, Libc.FD_CLOEXEC);

    /// <summary>True for a number that programs this process starts would get too, as one does that it was started with itself; what .NET opens is close-on-exec.</summary>
    /// <param name="fd">A number.</param>
    /// <exception cref="LinuxException">EBADF: it is not open.</exception>
    public static bool IsInheritable(int fd) => (Libc.Check(Libc.fcntl(fd, Libc.F_GETFD, 0), "fcntl") & Libc.FD_CLOEXEC) == 0;

    /// <summary>A second, close-on-exec descriptor of the same open file.</summary>
    /// <exception cref="LinuxException">fcntl(2) failed, for example with EMFILE.</exception>
    public OwnedFd Duplicate() => new(Control(Libc.F_DUPFD_CLOEXEC, 0));

    /// <summary>A second, close-on-exec descriptor of the file behind a number that somebody else owns, such as standard input.</summary>
    /// <param name="fd">An open descriptor; it stays open.</param>
    /// <exception cref="LinuxException">fcntl(2) failed; EBADF when it is not open.</exception>
    public static OwnedFd DuplicateOf(int fd) => new(Libc.Check(Libc.fcntl(fd, Libc.F_DUPFD_CLOEXEC, 0), "fcntl"));

    /// <summary>The file's size in bytes now; another process may change it unless it is sealed.</summary>
    /// <exception cref="LinuxException">statx(2) failed.</exception>
    public ulong FileSize() => Libc.Status(this).Size;

    /// <summary>True for a socket of any family.</summary>
    /// <exception cref="LinuxException">statx(2) failed.</exception>
    public bool IsSocket() => (Libc.Status(this).Mode & Libc.S_IFMT) == Libc.S_IFSOCK;

    /// <summary>True for a regular file and a block device: to write to one waits for as long as its file system, or its device, likes.</summary>
    /// <exception cref="LinuxException">statx(2) failed.</exception>
    public bool IsStorage() => (Libc.Status(this).Mode & Libc.S_IFMT) is Libc.S_IFREG or Libc.S_IFBLK;

    /// <summary>True for a regular file, which a memfd is too.</summary>
    /// <exception cref="LinuxException">statx(2) failed.</exception>
    public bool IsRegularFile() => (Libc.Status(this).Mode & Libc.S_IFMT) == Libc.S_IFREG;

    /// <summary>True for a folder.</summary>
    /// <exception cref="LinuxException">statx(2) failed.</exception>
    public bool IsFolder() => (Libc.Status(this).Mode & Libc.S_IFMT) == Libc.S_IFDIR;

    /// <summary>True for a character device such as /dev/null or a terminal.</summary>
    /// <exception cref="LinuxException">statx(2) failed.</exception>
    public bool IsCharacterDevice() => (Libc.Status(this).Mode & Libc.S_IFMT) == Libc.S_IFCHR;

    /// <summary>True for a pipe or a FIFO.</summary>
    /// <exception cref="LinuxException">statx(2) failed.</exception>
    public bool IsPipe() => (Libc.Status(this).Mode & Libc.S_IFMT) == Libc.S_IFIFO;

    /// <summary>Whether it may be read from and written to (O_ACCMODE).</summary>
    /// <exception cref="LinuxException">fcntl(2) failed.</exception>
    public (bool Read, bool Write) Access()
    {
        int mode = Control(Libc.F_GETFL, 0) & Libc.O_ACCMODE;
        return (mode is Libc.O_RDONLY or Libc.O_RDWR, mode is Libc.O_WRONLY or Libc.O_RDWR);
    }

    /// <summary>What holds now, poll(2). Does not wait.</summary>
    /// <param name="events">What is asked for; hang-ups and errors are told anyway.</param>
    /// <exception cref="LinuxException">poll(2) failed.</exception>
    public unsafe EpollEvents Poll(EpollEvents events)
    {
        var fd = new PollFd { Fd = Fd, Events = (ushort)events };

        // SAFETY: one entry, a local. The bits of poll(2) and of epoll_ctl(2) are the same.
        int count = Libc.poll(&fd, 1, 0);
        GC.KeepAlive(this);
        return Libc.Check(count, "poll") > 0 ? (EpollEvents)fd.Happened : EpollEvents.None;
    }

    /// <summary>Gives the descriptor away: somebody else closes it.</summary>
    /// <returns>The number.</returns>
    public int Detach()
    {
        int fd = Fd;
        SetHandle(Closed);
        SetHandleAsInvalid();
        return fd;
    }

    /// <summary>fcntl(2) with an int argument.</summary>
    internal int Control(int command, int argument)
    {
        int result = Libc.fcntl(Fd, command, argument);
        GC.KeepAlive(this);
        return Libc.Check(result, "fcntl");
    }

    /// <summary>The descriptor, or a negative number: see <see cref="Libc.LastErrno"/>.</summary>
    internal static unsafe int TryOpen(string path, int flags)
    {
        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* name = Libc.CString(path))
        {
            int fd;
            do
            {
                fd = Libc.open(name, flags | Libc.O_CLOEXEC | Libc.O_NOCTTY, 0x180 /* 0600 */);
            }
            while (Libc.Interrupted(fd));
            return fd;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        int fd = Fd;
        SetHandle(Closed);

        // Never retried: on Linux the number is free again even when close reports an error.
        return Libc.close(fd) == 0;
    }
}
