namespace FastRing.Interop;

/// <summary>A listening socket and its file, which goes with it unless another has taken its place.</summary>
public sealed class UnixListener : IDisposable
{
    private readonly string _path;
    private readonly (uint, uint, ulong)? _file;

    /// <summary>Listens: see <see cref="UnixSocket.Listen"/>.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name.</param>
    /// <param name="mode">The socket file's permissions.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <exception cref="LinuxException">As for <see cref="UnixSocket.Listen"/>.</exception>
    public UnixListener(string path, int mode = 0x180 /* 0600 */, int backlog = 16)
    {
        Fd = UnixSocket.Listen(path, backlog, mode);
        _path = path;
        _file = UnixSocketAddress.IsAbstract(path) ? null : UnixSocketFile.IdentityOf(path);
    }

    /// <summary>The socket, non-blocking.</summary>
    public OwnedFd Fd { get; }

    /// <summary>Closes the socket and removes its file. Never throws: a file that can't be removed is left, and the next listener replaces it.</summary>
    public void Dispose()
    {
        Fd.Dispose();
        if (_file is not null && UnixSocketFile.IdentityOf(_path) == _file)
        {
            _ = UnixSocketFile.Remove(_path);
        }
    }
}
