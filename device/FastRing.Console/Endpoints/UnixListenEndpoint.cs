using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>Listens on a unix socket: see <see cref="StreamListenEndpoint"/>.</summary>
public sealed class UnixListenEndpoint : StreamListenEndpoint
{
    private readonly UnixDoor _door;

    /// <summary>Binds and listens.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, to which every local user may connect who is not kept out by <paramref name="allowed"/>.</param>
    /// <param name="allowed">Who may connect; null: whoever the file's mode lets in.</param>
    /// <param name="mode">The file's mode; null: 0600, or 0666 where there is a list, which then decides.</param>
    /// <param name="sendBuffer">How much the kernel holds of what a client has not read yet, in bytes (it doubles the figure, and counts its own overhead in); null: as much as it likes.</param>
    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public UnixListenEndpoint(string path, PeerAllowList? allowed = null, int? mode = null, int? sendBuffer = null)
        : this(new UnixDoor(path, allowed, mode) { SendBuffer = sendBuffer })
    {
    }

    private UnixListenEndpoint(UnixDoor door)
        : base(door.Path, door.Fd) => _door = door;

    private protected override Arrival? Accept() => _door.Accept();

    private protected override void Close() => _door.Dispose();
}
