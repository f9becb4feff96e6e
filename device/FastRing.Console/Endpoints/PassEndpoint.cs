using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>
/// Hands each client a socket of its own. A client connects to a unix socket and receives one message: a line of JSON (see <see cref="PassHeader"/>), and with its
/// first byte a connected stream socket (SCM_RIGHTS of unix(7)), which is the port's host end from then on; the connection it came by is closed. It may give that
/// socket on to any other program. One has it at a time: the next waits until every copy of it is closed.
/// </summary>
public sealed class PassEndpoint : StreamListenEndpoint
{
    private readonly UnixDoor _door;

    /// <summary>Binds and listens.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, to which every local user may connect who is not kept out by <paramref name="allowed"/>.</param>
    /// <param name="allowed">Who may connect; null: whoever the file's mode lets in.</param>
    /// <param name="mode">The file's mode; null: 0600, or 0666 where there is a list, which then decides.</param>
    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public PassEndpoint(string path, PeerAllowList? allowed = null, int? mode = null)
        : this(new UnixDoor(path, allowed, mode))
    {
    }

    private PassEndpoint(UnixDoor door)
        : base(door.Path, door.Fd) => _door = door;

    private protected override Arrival? Accept() => _door.Accept();

    private protected override void Close() => _door.Dispose();

    private protected override void Enter(OwnedFd socket, string who)
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (theirs)
        {
            if (TryHandOver(socket, theirs))
            {
                socket.Dispose();
                ours.SetNonBlocking();
                Serve(new HostStream(Worker!, ours, ours, Observer!, ClientLeft), who);
                return;
            }
        }

        ours.Dispose();
        socket.Dispose();
        Observer!.ClientRefused(who, "left before it was handed its socket");
    }

    /// <summary>A socket that was just accepted has room for the one message there is.</summary>
    private bool TryHandOver(OwnedFd rendezvous, OwnedFd handed)
    {
        byte[] header = PassHeader.For(Observer!);
        return ScmRights.Send(rendezvous, header, [handed]) == header.Length;
    }
}
