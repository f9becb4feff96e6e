using System.Net;

namespace FastRing.Interop;

/// <summary>TCP sockets, tcp(7). All descriptors are close-on-exec and non-blocking.</summary>
public static class TcpSocket
{
    private const int MostAddressBytes = 128; // struct sockaddr_storage

    /// <summary>Listens. An address that connections of a listener before are still closing on can be had at once.</summary>
    /// <param name="address">Where; port 0: one the kernel chooses, see <see cref="LocalAddress"/>.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <exception cref="LinuxException">EADDRINUSE, EADDRNOTAVAIL, EACCES and others.</exception>
    public static unsafe OwnedFd Listen(IPEndPoint address, int backlog = 16)
    {
        ArgumentNullException.ThrowIfNull(address);
        OwnedFd listener = Create(address);
        try
        {
            Set(listener, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
            ReadOnlySpan<byte> bytes = Bytes(address);

            // SAFETY: the span is pinned for the call and its length passed along.
            fixed (byte* first = bytes)
            {
                int result = Libc.bind(listener.Fd, first, (uint)bytes.Length);
                GC.KeepAlive(listener);
                Libc.Check(result, "bind");
            }

            Libc.Check(Libc.listen(listener.Fd, backlog), "listen");
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Begins to connect. When the socket becomes writable, <see cref="PendingError"/> says how it went.</summary>
    /// <exception cref="LinuxException">It failed at once.</exception>
    public static unsafe OwnedFd BeginConnect(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        OwnedFd socket = Create(address);
        ReadOnlySpan<byte> bytes = Bytes(address);
        int result;

        // SAFETY: the span is pinned for the call and its length passed along.
        fixed (byte* first = bytes)
        {
            result = Libc.connect(socket.Fd, first, (uint)bytes.Length);
        }

        // A signal does not end the attempt: it goes on as one in progress.
        int errno = result < 0 ? Libc.LastErrno : 0;
        if (errno is not (0 or Errno.EINPROGRESS or Errno.EINTR))
        {
            socket.Dispose();
            throw new LinuxException("connect", errno);
        }

        return socket;
    }

    /// <summary>What became of an attempt to connect (SO_ERROR): 0, or the positive errno.</summary>
    /// <exception cref="LinuxException">It is no socket.</exception>
    public static unsafe int PendingError(OwnedFd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        int error = 0;
        uint length = sizeof(int);

        // SAFETY: the kernel writes at most `length` bytes.
        int result = Libc.getsockopt(socket.Fd, Libc.SOL_SOCKET, Libc.SO_ERROR, &error, &length);
        GC.KeepAlive(socket);
        Libc.Check(result, "getsockopt");
        return error;
    }

    /// <summary>Sends small messages at once (TCP_NODELAY), and finds out within two minutes that the other side's machine is gone (SO_KEEPALIVE).</summary>
    /// <exception cref="LinuxException">setsockopt(2) failed.</exception>
    public static void SetUp(OwnedFd socket)
    {
        Set(socket, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        Set(socket, Libc.SOL_SOCKET, Libc.SO_KEEPALIVE, 1);
        Set(socket, Libc.IPPROTO_TCP, Libc.TCP_KEEPIDLE, 60);
        Set(socket, Libc.IPPROTO_TCP, Libc.TCP_KEEPINTVL, 10);
        Set(socket, Libc.IPPROTO_TCP, Libc.TCP_KEEPCNT, 6);
    }

    /// <summary>The address of the socket's own end.</summary>
    /// <exception cref="LinuxException">getsockname(2) failed.</exception>
    public static unsafe IPEndPoint LocalAddress(OwnedFd socket)
    {
        byte* address = stackalloc byte[MostAddressBytes];
        uint length = MostAddressBytes;

        // SAFETY: the kernel writes at most `length` bytes.
        int result = Libc.getsockname(socket.Fd, address, &length);
        GC.KeepAlive(socket);
        Libc.Check(result, "getsockname");
        return Address(new ReadOnlySpan<byte>(address, (int)length));
    }

    /// <summary>The address of the other end.</summary>
    /// <exception cref="LinuxException">ENOTCONN: it has gone already.</exception>
    public static unsafe IPEndPoint RemoteAddress(OwnedFd socket)
    {
        byte* address = stackalloc byte[MostAddressBytes];
        uint length = MostAddressBytes;

        // SAFETY: the kernel writes at most `length` bytes.
        int result = Libc.getpeername(socket.Fd, address, &length);
        GC.KeepAlive(socket);
        Libc.Check(result, "getpeername");
        return Address(new ReadOnlySpan<byte>(address, (int)length));
    }

    private static OwnedFd Create(IPEndPoint address) =>
        new(Libc.Check(Libc.socket((int)Bytes(address)[0], Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0), "socket"));

    /// <summary>As the kernel wants it: on Linux the framework has it so.</summary>
    private static ReadOnlySpan<byte> Bytes(IPEndPoint address)
    {
        SocketAddress bytes = address.Serialize();
        return bytes.Buffer.Span[..bytes.Size];
    }

    private static IPEndPoint Address(ReadOnlySpan<byte> bytes)
    {
        bool isV6 = bytes[0] == Libc.AF_INET6;
        var address = new SocketAddress(isV6 ? System.Net.Sockets.AddressFamily.InterNetworkV6 : System.Net.Sockets.AddressFamily.InterNetwork, bytes.Length);
        bytes.CopyTo(address.Buffer.Span);
        return (IPEndPoint)new IPEndPoint(isV6 ? IPAddress.IPv6Any : IPAddress.Any, 0).Create(address);
    }

    private static unsafe void Set(OwnedFd socket, int level, int option, int value)
    {
        ArgumentNullException.ThrowIfNull(socket);

        // SAFETY: the kernel reads the four bytes of a local.
        int result = Libc.setsockopt(socket.Fd, level, option, &value, sizeof(int));
        GC.KeepAlive(socket);
        Libc.Check(result, "setsockopt");
    }
}
