using FastRing.Interop;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Keeping;

/// <summary>All guests of a keeper, by name: those its worker has asked for. Keeper's thread only.</summary>
/// <param name="worker">The keeper's loop.</param>
/// <param name="sockets">Which sockets workers may ask for.</param>
/// <param name="logger">The log.</param>
internal sealed class KeptGuests(Worker worker, KeptSockets sockets, ILogger logger) : IDisposable
{
    private readonly Dictionary<string, KeptGuest> _guests = [];

    public int Count => _guests.Count;

    /// <summary>All came over connected sockets, and are gone.</summary>
    public bool AreOver => _guests.Values.All(g => g is { IsSingle: true, IsAlone: true });

    /// <summary>One that came over a connected socket is gone.</summary>
    public event Action? Over;

    /// <summary>Does what a worker asks: listens for a guest's VMM, where that is not done already, and gives the worker a door to it.</summary>
    public void Open(KeptProcess process, KeptSocket socket)
    {
        try
        {
            sockets.ThrowIfForbidden(socket);
            if (process.Asked.Count >= sockets.Most && !process.Asked.Contains(socket.Name))
            {
                throw new ArgumentException($"more than {sockets.Most} guests are not kept");
            }

            KeptGuest guest = GuestOf(socket);
            (OwnedFd mine, OwnedFd its) = UnixSocket.Pair();
            process.Asked.Add(socket.Name);
            process.Say(KeeperWord.Opened, "", its);
            its.Dispose();
            guest.Open(mine, process.Id);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            process.Say(KeeperWord.NotOpened, $"{(socket.Fd is { } fd ? $"--fd {fd}" : socket.Path)}: {UsageException.Plain(e)}");
        }
    }

    /// <summary>A guest is no longer served: its VMM is disconnected.</summary>
    public void Close(string name)
    {
        if (_guests.Remove(name, out KeptGuest? guest))
        {
            guest.Dispose();
        }
    }

    public void CloseAllBut(IEnumerable<string> names) => _guests.Keys.Except(names).ToList().ForEach(Close);

    /// <summary>Their worker is gone.</summary>
    public void Lose() => _guests.Values.ToList().ForEach(g => g.Lose());

    public void Dispose() => CloseAllBut([]);

    private KeptGuest GuestOf(KeptSocket socket)
    {
        if (_guests.TryGetValue(socket.Name, out KeptGuest? guest) && guest.Socket == socket)
        {
            return guest;
        }

        Close(socket.Name);
        guest = new KeptGuest(worker, socket, logger);
        guest.Over += () => Over?.Invoke();
        _guests.Add(socket.Name, guest);
        return guest;
    }
}
