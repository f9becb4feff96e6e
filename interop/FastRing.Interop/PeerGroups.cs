namespace FastRing.Interop;

/// <summary>The supplementary groups of who is at the other end of a socket (SO_PEERGROUPS), taken by the kernel when the peer connected.</summary>
public static class PeerGroups
{
    private const int MostGroups = 65536; // NGROUPS_MAX

    /// <summary>The groups, besides the effective one of <see cref="PeerCredentials"/>; empty where the kernel does not tell.</summary>
    /// <param name="socket">A connected AF_UNIX socket.</param>
    public static uint[] Of(OwnedFd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var groups = new uint[32];
        int count = Get(socket, groups);
        if (count > groups.Length && count <= MostGroups)
        {
            groups = new uint[count];
            count = Get(socket, groups);
        }

        return groups[..Math.Clamp(count, 0, groups.Length)];
    }

    /// <returns>How many there are, also when there is no room for them; 0 when that can't be known.</returns>
    private static unsafe int Get(OwnedFd socket, uint[] groups)
    {
        uint length = (uint)groups.Length * sizeof(uint);

        // SAFETY: the array is pinned for the call, and the kernel writes at most `length` bytes; it says ERANGE and the length it wants when that is too few.
        fixed (uint* first = groups)
        {
            int result = Libc.getsockopt(socket.Fd, Libc.SOL_SOCKET, Libc.SO_PEERGROUPS, first, &length);
            GC.KeepAlive(socket);
            return result == 0 || Libc.LastErrno == Errno.ERANGE ? (int)(length / sizeof(uint)) : 0;
        }
    }
}
