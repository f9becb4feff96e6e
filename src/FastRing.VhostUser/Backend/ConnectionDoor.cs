using FastRing.Interop;

namespace FastRing.VhostUser.Backend;

/// <summary>
/// Brings frontends' connections from the process that accepts them to the one that serves them: a pair of connected sockets, on which a byte with a descriptor is a connection, and a byte
/// back is the end of a session, in the order in which they began. Without an end before the door's own, the process that served it died.
/// </summary>
public static class ConnectionDoor
{
    /// <summary>Hands a connection in, which stays the caller's too. Never waits.</summary>
    /// <param name="door">The accepting process' end, non-blocking.</param>
    /// <param name="connection">The connection.</param>
    /// <returns>False: nobody is behind the door, or too many wait there.</returns>
    public static bool TryPass(OwnedFd door, OwnedFd connection) => ScmRights.Send(door, [0], [connection], waits: false) == 1;

    /// <summary>How many sessions have ended since the last call.</summary>
    /// <param name="door">The accepting process' end, non-blocking.</param>
    /// <param name="isOpen">False: whoever served them is gone.</param>
    public static int TakeEnds(OwnedFd door, out bool isOpen)
    {
        ArgumentNullException.ThrowIfNull(door);
        Span<byte> ends = stackalloc byte[64];
        int count = 0;
        nint read;
        while ((read = door.Read(ends)) > 0)
        {
            count += (int)read;
        }

        isOpen = read == -Errno.EAGAIN;
        return count;
    }

    /// <summary>Takes a connection that waits; null: none does.</summary>
    internal static OwnedFd? Take(OwnedFd door)
    {
        Span<byte> one = stackalloc byte[1];
        using var fds = new ReceivedFds();
        if (ScmRights.Receive(door, one, fds, waits: false) != 1 || fds.Count != 1)
        {
            return null;
        }

        OwnedFd connection = fds.Take(0);
        connection.SetNonBlocking();
        return connection;
    }

    /// <summary>Best effort: whoever does not read learns it when the door closes.</summary>
    internal static void TellEnd(OwnedFd door) => _ = door.Write([0]);
}
