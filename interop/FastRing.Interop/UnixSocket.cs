namespace FastRing.Interop;

/// <summary>Who is at the other end of a socket: <c>struct ucred</c>, taken by the kernel when the peer connected.</summary>
/// <param name="ProcessId">The process, 0 when it is not visible from our PID namespace.</param>
/// <param name="UserId">The effective user.</param>
/// <param name="GroupId">The effective group.</param>
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId);

/// <summary>AF_UNIX stream sockets, unix(7). A path beginning with '@' is a name in the abstract namespace.</summary>
/// <remarks>All descriptors are close-on-exec. An abstract name has no file mode: check <see cref="Peer"/> there.</remarks>
public static class UnixSocket
{
    private const int Type = Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC;

    /// <summary>Listens on a path; the socket is non-blocking. A socket file that nobody listens on any more is replaced.</summary>
    /// <param name="path">A file name of at most 107 bytes, or '@' and an abstract name of at most 107 bytes.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <param name="mode">The socket file's permissions, 0600 unless said otherwise; it never exists with more.</param>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    /// <exception cref="LinuxException">
    /// EADDRINUSE when somebody listens there, EEXIST when the path is anything but a socket; neither is touched.
    /// </exception>
    public static OwnedFd Listen(string path, int backlog = 16, int mode = 0x180)
    {
        UnixAddress address = UnixSocketAddress.From(path, out uint length);
        OwnedFd listener = Create(Libc.SOCK_NONBLOCK);
        try
        {
            // bind gives the file the mode of the socket (less the umask), so set it there: no moment with wider rights.
            Libc.Check(Libc.fchmod(listener.Fd, (uint)mode), "fchmod");
            UnixSocketFile.Bind(listener, path, address, length);
            OpenForBusiness(listener, path, backlog, mode);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Checks a path without touching it.</summary>
    /// <param name="path">As in <see cref="Listen"/>.</param>
    /// <exception cref="ArgumentException">It is empty, longer than 107 bytes, or has a NUL in it.</exception>
    public static void ThrowIfInvalid(string path) => _ = UnixSocketAddress.From(path, out _);

    /// <summary>Takes one waiting connection; the socket is non-blocking.</summary>
    /// <param name="listener">A non-blocking listening socket.</param>
    /// <returns>The connection, or null when none waits (or it has gone already).</returns>
    /// <exception cref="LinuxException">
    /// EMFILE and others: the connection still waits, so a poller must pause. EMFILE too when only <see cref="OpenFileLimit.Reserve"/> is left: that connection is closed.
    /// </exception>
    public static unsafe OwnedFd? Accept(OwnedFd listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        int fd;
        do
        {
            // SAFETY: no address is asked for.
            fd = Libc.accept4(listener.Fd, null, null, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
        }
        while (Libc.Interrupted(fd));
        GC.KeepAlive(listener);
        if (fd < 0 && Libc.LastErrno is Errno.EAGAIN or Errno.ECONNABORTED)
        {
            return null;
        }

        var accepted = new OwnedFd(Libc.Check(fd, "accept4"));
        if (OpenFileLimit.IsOfReserve(fd))
        {
            accepted.Dispose();
            throw new LinuxException("accept4", Errno.EMFILE);
        }

        return accepted;
    }

    /// <summary>Connects; waits while the listener's backlog is full. The socket is blocking.</summary>
    /// <param name="path">As in <see cref="Listen"/>.</param>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    /// <exception cref="LinuxException">ENOENT, ECONNREFUSED, EACCES and others.</exception>
    public static OwnedFd Connect(string path) => Connect(path, 0);

    /// <summary>Connects without waiting. The socket is non-blocking.</summary>
    /// <param name="path">As in <see cref="Listen"/>.</param>
    /// <exception cref="LinuxException">As for <see cref="Connect(string)"/>; EAGAIN when the listener's backlog is full.</exception>
    public static OwnedFd ConnectNonBlocking(string path) => Connect(path, Libc.SOCK_NONBLOCK);

    /// <summary>Two blocking sockets connected to each other.</summary>
    /// <exception cref="LinuxException">socketpair(2) failed.</exception>
    public static unsafe (OwnedFd First, OwnedFd Second) Pair()
    {
        int* fds = stackalloc int[2];

        // SAFETY: the kernel writes exactly two ints.
        Libc.Check(Libc.socketpair(Libc.AF_UNIX, Type, 0, fds), "socketpair");
        return (new OwnedFd(fds[0]), new OwnedFd(fds[1]));
    }

    /// <summary>Who connected (SO_PEERCRED).</summary>
    /// <param name="socket">A connected socket.</param>
    /// <exception cref="LinuxException">getsockopt(2) failed.</exception>
    public static unsafe PeerCredentials Peer(OwnedFd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        uint* credentials = stackalloc uint[3]; // pid, uid, gid
        uint length = 3 * sizeof(uint);

        // SAFETY: the kernel writes at most `length` bytes.
        int result = Libc.getsockopt(socket.Fd, Libc.SOL_SOCKET, Libc.SO_PEERCRED, credentials, &length);
        GC.KeepAlive(socket);
        Libc.Check(result, "getsockopt");
        return new PeerCredentials((int)credentials[0], credentials[1], credentials[2]);
    }

    /// <summary>How much a socket holds of what its peer has not read yet (SO_SNDBUF; the kernel doubles it, and counts its own overhead in).</summary>
    /// <param name="socket">A socket.</param>
    /// <param name="bytes">Bytes; the kernel has a least and a most.</param>
    /// <exception cref="LinuxException">setsockopt(2) failed: it is no socket.</exception>
    public static unsafe void SetSendBuffer(OwnedFd socket, int bytes)
    {
        ArgumentNullException.ThrowIfNull(socket);

        // SAFETY: the kernel reads one int.
        int result = Libc.setsockopt(socket.Fd, Libc.SOL_SOCKET, Libc.SO_SNDBUF, &bytes, sizeof(int));
        GC.KeepAlive(socket);
        Libc.Check(result, "setsockopt");
    }

    /// <summary>True for a socket that listens, false for a connected one (SO_ACCEPTCONN).</summary>
    /// <param name="socket">A socket.</param>
    /// <exception cref="LinuxException">getsockopt(2) failed: it is no socket.</exception>
    public static unsafe bool IsListening(OwnedFd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        int listening = 0;
        uint length = sizeof(int);

        // SAFETY: the kernel writes at most `length` bytes.
        int result = Libc.getsockopt(socket.Fd, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN, &listening, &length);
        GC.KeepAlive(socket);
        Libc.Check(result, "getsockopt");
        return listening != 0;
    }

    /// <summary>True for a socket of the AF_UNIX family (SO_DOMAIN), false for one of another.</summary>
    /// <param name="socket">A socket.</param>
    /// <exception cref="LinuxException">getsockopt(2) failed: it is no socket.</exception>
    public static unsafe bool IsUnix(OwnedFd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        int domain = 0;
        uint length = sizeof(int);

        // SAFETY: the kernel writes at most `length` bytes.
        int result = Libc.getsockopt(socket.Fd, Libc.SOL_SOCKET, Libc.SO_DOMAIN, &domain, &length);
        GC.KeepAlive(socket);
        Libc.Check(result, "getsockopt");
        return domain == Libc.AF_UNIX;
    }

    /// <summary>Ends our direction: the peer reads what is on its way and then end of file.</summary>
    /// <param name="socket">A connected socket.</param>
    /// <exception cref="LinuxException">ENOTCONN and others.</exception>
    public static void ShutdownWrite(OwnedFd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        int result = Libc.shutdown(socket.Fd, Libc.SHUT_WR);
        GC.KeepAlive(socket);
        Libc.Check(result, "shutdown");
    }

    private static OwnedFd Connect(string path, int flags)
    {
        UnixAddress address = UnixSocketAddress.From(path, out uint length);
        OwnedFd socket = Create(flags);
        int errno = TryConnect(socket, address, length);
        if (errno != 0)
        {
            socket.Dispose();
            throw new LinuxException("connect", errno);
        }

        return socket;
    }

    /// <summary>A new socket; <paramref name="flags"/> may add SOCK_NONBLOCK.</summary>
    internal static OwnedFd Create(int flags) => new(Libc.Check(Libc.socket(Libc.AF_UNIX, Type | flags, 0), "socket"));

    /// <summary>Connects and returns 0 or the positive errno.</summary>
    internal static unsafe int TryConnect(OwnedFd socket, UnixAddress address, uint length)
    {
        int result;
        do
        {
            // SAFETY: the address is our own copy.
            result = Libc.connect(socket.Fd, &address, length);
        }
        while (Libc.Interrupted(result));
        GC.KeepAlive(socket);
        return result == 0 ? 0 : Libc.LastErrno;
    }

    /// <summary>What remains after bind; a failure takes the socket file away again.</summary>
    private static void OpenForBusiness(OwnedFd listener, string path, int backlog, int mode)
    {
        bool hasFile = !UnixSocketAddress.IsAbstract(path);
        try
        {
            if (hasFile)
            {
                UnixSocketFile.SetMode(path, mode);
            }

            Libc.Check(Libc.listen(listener.Fd, backlog), "listen");
        }
        catch when (hasFile)
        {
            _ = UnixSocketFile.Remove(path);
            throw;
        }
    }
}
