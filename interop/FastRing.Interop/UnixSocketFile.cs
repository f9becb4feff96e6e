namespace FastRing.Interop;

/// <summary>The file that a listening AF_UNIX socket puts into the file system.</summary>
internal static class UnixSocketFile
{
    /// <summary>bind(2), after removing a socket file that nobody listens on any more.</summary>
    public static void Bind(OwnedFd listener, string path, in UnixAddress address, uint length)
    {
        int errno = TryBind(listener, address, length);
        if (errno == Errno.EADDRINUSE && !UnixSocketAddress.IsAbstract(path) && RemoveStale(path, address, length))
        {
            errno = TryBind(listener, address, length);
        }

        if (errno != 0)
        {
            throw new LinuxException("bind", errno);
        }
    }

    /// <summary>Gives the file back what the umask took away from <paramref name="mode"/>, and proves that it has it.</summary>
    public static unsafe void SetMode(string path, int mode)
    {
        if (ModeOf(path) == (Libc.S_IFSOCK | mode))
        {
            return;
        }

        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* name = Libc.CString(path))
        {
            Libc.Check(Libc.fchmodat(Libc.AT_FDCWD, name, (uint)mode, Libc.AT_SYMLINK_NOFOLLOW), "fchmodat");
        }

        if (ModeOf(path) != (Libc.S_IFSOCK | mode))
        {
            throw new LinuxException("fchmodat", Errno.EPERM);
        }
    }

    /// <summary>Removes the file; an error leaves it.</summary>
    public static unsafe int Remove(string path)
    {
        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* name = Libc.CString(path))
        {
            return Libc.unlink(name) == 0 ? 0 : Libc.LastErrno;
        }
    }

    /// <summary>Which file stands at the path now; null when none does, or it can't be looked at.</summary>
    public static unsafe (uint Major, uint Minor, ulong Inode)? IdentityOf(string path)
    {
        FileStatus status;

        // SAFETY: CString ends with a zero and is pinned for the call; FileStatus has the 256 bytes the kernel writes.
        fixed (byte* name = Libc.CString(path))
        {
            int result = Libc.statx(Libc.AT_FDCWD, name, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_INO, &status);
            return result == 0 ? (status.DeviceMajor, status.DeviceMinor, status.Inode) : null;
        }
    }

    /// <summary>True when the path is free now because its listener was dead.</summary>
    private static bool RemoveStale(string path, in UnixAddress address, uint length)
    {
        if ((ModeOf(path) & Libc.S_IFMT) != Libc.S_IFSOCK)
        {
            throw new LinuxException("bind", Errno.EEXIST);
        }

        // Non-blocking, so that a live listener with a full backlog answers EAGAIN instead of keeping us.
        using OwnedFd probe = UnixSocket.Create(Libc.SOCK_NONBLOCK);
        int errno = UnixSocket.TryConnect(probe, address, length);
        return (errno == Errno.ECONNREFUSED || (errno == Errno.EACCES && MayWrite(path) && !IsListed(path))) && Remove(path) is 0 or Errno.ENOENT;
    }

    /// <summary>By its mode, it could be connected to.</summary>
    private static unsafe bool MayWrite(string path)
    {
        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* name = Libc.CString(path))
        {
            return Libc.access(name, Libc.W_OK) == 0;
        }
    }

    /// <summary>
    /// Whether the kernel knows of a socket that was bound to a file of that name, in whatever folder, as a path is told as it was given. For who may connect to nobody (seccomp). Sockets of other network
    /// namespaces are not among them.
    /// </summary>
    private static bool IsListed(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            return File.ReadLines("/proc/net/unix").Any(line => line.AsSpan().EndsWith(name, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // Nobody knows.
        }
    }

    private static unsafe int TryBind(OwnedFd listener, UnixAddress address, uint length)
    {
        // SAFETY: the address is our own copy.
        int result = Libc.bind(listener.Fd, &address, length);
        GC.KeepAlive(listener);
        return result == 0 ? 0 : Libc.LastErrno;
    }

    /// <summary>st_mode of the path itself, never of what a symbolic link points to.</summary>
    private static unsafe int ModeOf(string path)
    {
        FileStatus status;

        // SAFETY: CString ends with a zero and is pinned for the call; FileStatus has the 256 bytes the kernel writes.
        fixed (byte* name = Libc.CString(path))
        {
            Libc.Check(Libc.statx(Libc.AT_FDCWD, name, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_TYPE | Libc.STATX_MODE, &status), "statx");
        }

        return status.Mode;
    }
}
