using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Interop.Sandbox;

namespace FastRing.Host.Keeping;

/// <summary>
/// Which sockets a worker may have its keeper listen on: a keeper is not restricted as its workers are, and one that a guest has taken over must not get out by asking. What was inherited as
/// the configuration says; with a sandbox, what lies in the folders of the configuration's sockets, or of the sandbox. The worker of one guest's share has that guest's socket, and no other.
/// </summary>
internal sealed class KeptSockets
{
    private const int MostAdded = 256;

    private readonly HashSet<int> _fds;
    private readonly HashSet<string>? _folders; // Null: any.
    private readonly string? _only; // One guest's share: what lies beside its socket may be its neighbours'.

    public KeptSockets(DaemonConfig config)
    {
        Most = config.IsIsolated ? 1 : config.Guests.Count + MostAdded;
        _fds = [.. config.Guests.Select(g => g.Fd).OfType<int>()];
        foreach (int fd in _fds)
        {
            CloseOnExec(fd);
        }

        _only = config.IsIsolated ? config.Guests[0].SocketPath ?? "" : null;
        bool isRestricted = config.Sandbox.Value is SandboxMode.On or SandboxMode.Strict;
        _folders = isRestricted ? [.. config.Guests.Select(g => g.SocketPath).OfType<string>().Select(FolderOf), .. config.Sandbox.Folders.Select(Path.GetFullPath)] : null;
    }

    /// <summary>How many guests a worker may have: those of the configuration the daemon was started with, and some that came later.</summary>
    public int Most { get; }

    /// <exception cref="ArgumentException">It is none of these.</exception>
    public void ThrowIfForbidden(KeptSocket socket)
    {
        bool isAllowed = socket.Fd is { } fd ? _fds.Contains(fd) : socket.Path is { } path && (_only is not null ? path == _only : _folders is null || _folders.Contains(FolderOf(path)));
        if (!isAllowed)
        {
            throw new ArgumentException("not in a folder that the configuration named when the daemon was started, nor directly in one of --sandbox-folder");
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <summary>A worker must not have it too, or a VMM would not see it closed.</summary>
    private static void CloseOnExec(int fd)
    {
        try
        {
            OwnedFd.DuplicateOf(fd).Dispose(); // It is open.
            using var inherited = new OwnedFd(fd);
            inherited.SetCloseOnExec();
            inherited.Detach();
        }
        catch (LinuxException)
        {
            // The first worker says so, when it asks for it.
        }
    }
}
