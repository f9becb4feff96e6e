using FastRing.Interop;

namespace FastRing.Host.Serving;

/// <summary>A socket this process was started with.</summary>
internal static class InheritedSocket
{
    /// <summary>Takes it over.</summary>
    /// <exception cref="LinuxException">The number is not open.</exception>
    /// <exception cref="ArgumentException">It is not a socket.</exception>
    public static OwnedFd Take(int fd)
    {
        if (fd < 0)
        {
            throw new ArgumentException("a descriptor number is not negative");
        }

        // A close-on-exec duplicate, so that a wrong number can't close something the runtime needs.
        OwnedFd socket = OwnedFd.DuplicateOf(fd);
        if (!socket.IsSocket())
        {
            socket.Dispose();
            throw new ArgumentException("not a socket");
        }

        socket.SetNonBlocking();
        return socket;
    }
}
