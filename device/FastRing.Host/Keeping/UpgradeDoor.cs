using System.Text.Json;
using FastRing.Interop;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Keeping;

/// <summary>
/// The keeper's socket, by which it is told to have another program take over. Whoever may say that may have anything run as the keeper's user: root, and that user himself. A worker is that
/// user too, but has given up running programs, so none is listened to.
/// </summary>
internal sealed class UpgradeDoor : IReadyHandler, IDisposable
{
    private const int MaxRequestBytes = 4096;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly UnixListener _listener;
    private readonly List<Visitor> _visitors = [];
    private Worker _worker = null!;
    private Keeper _keeper = null!;
    private ILogger _logger = null!;
    private WatchedFd? _watch;
    private bool _isOver;

    private UpgradeDoor(UnixListener listener) => _listener = listener;

    /// <summary>Binds the socket.</summary>
    /// <exception cref="UsageException">It can't be had.</exception>
    public static UpgradeDoor Listen(string path)
    {
        try
        {
            return new UpgradeDoor(new UnixListener(path));
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new UsageException($"the keeper's socket {path}: {UsageException.Plain(e)}");
        }
    }

    /// <summary>Lets visitors in. The keeper's thread.</summary>
    public void Begin(Worker worker, Keeper keeper, ILogger logger)
    {
        (_worker, _keeper, _logger) = (worker, keeper, logger);
        _watch = worker.Watch(_listener.Fd, EpollEvents.In, this);
    }

    /// <summary>Lets no one in any more. The keeper's thread.</summary>
    public void End()
    {
        _isOver = true;
        _watch?.Dispose();
        _visitors.ToList().ForEach(v => v.Dispose());
    }

    public void OnReady(EpollEvents events)
    {
        if (UnixSocket.Accept(_listener.Fd) is { } socket)
        {
            PeerCredentials peer = UnixSocket.Peer(socket);
            if (_keeper.IsWorker(peer.ProcessId) || (peer.UserId != 0 && peer.UserId != EffectiveUser.Id))
            {
                _logger.LogRefusedUpgrade(peer.UserId, peer.ProcessId);
                socket.Dispose();
                return;
            }

            var visitor = new Visitor(this, socket, peer.UserId);
            _visitors.Add(visitor);
            _worker.RunAfter(s_patience, visitor.LeaveUnlessAsked);
        }
    }

    public void OnFault(Exception fault)
    {
        _logger.LogKeeperFault(fault);
        _watch?.Dispose(); // Out of descriptors, most likely: the visitor is there still, and there is no use in looking all the time.
        _watch = null;
        _worker.RunAfter(s_pause, () => _watch = _isOver ? null : _worker.Watch(_listener.Fd, EpollEvents.In, this));
    }

    public void Dispose() => _listener.Dispose();

    private sealed class Visitor : IReadyHandler, IDisposable
    {
        private readonly UpgradeDoor _door;
        private readonly OwnedFd _socket;
        private readonly uint _user;
        private readonly byte[] _request = new byte[MaxRequestBytes];
        private readonly WatchedFd _watch;
        private int _have;
        private bool _hasAsked;

        public Visitor(UpgradeDoor door, OwnedFd socket, uint user)
        {
            _door = door;
            _socket = socket;
            _user = user;
            _watch = door._worker.Watch(socket, EpollEvents.In, this);
        }

        public void OnReady(EpollEvents events)
        {
            nint read = _socket.Read(_request.AsSpan(_have));
            _have += (int)Math.Max(0, read);
            if (_request.AsSpan(0, _have).IndexOf((byte)'\n') is >= 0 and int end)
            {
                _watch.Dispose();
                Ask(_request.AsSpan(0, end));
            }
            else if ((read <= 0 && read != -Errno.EAGAIN) || _have == MaxRequestBytes)
            {
                Dispose();
            }
        }

        public void OnFault(Exception fault) => Dispose();

        public void LeaveUnlessAsked()
        {
            if (!_hasAsked)
            {
                Dispose();
            }
        }

        public void Dispose()
        {
            _door._visitors.Remove(this);
            _watch.Dispose();
            _socket.Dispose();
        }

        private void Ask(ReadOnlySpan<byte> line)
        {
            _hasAsked = true;
            string program = _door._keeper.Program;
            try
            {
                program = JsonSerializer.Deserialize(line, KeptJson.Default.UpgradeRequest)?.Program ?? program;
            }
            catch (JsonException)
            {
                Dispose();
                return;
            }

            _door._keeper.Begin(new Upgrade(program, (worker, why) => Answer(program, worker, why)));
        }

        private void Answer(string program, int? worker, string? why)
        {
            if (worker is { } id)
            {
                _door._logger.LogUpgraded(_user, program, id);
            }
            else
            {
                _door._logger.LogNotUpgraded(_user, program, why!);
            }

            byte[] answer = [.. JsonSerializer.SerializeToUtf8Bytes(new UpgradeAnswer(program, worker, why), KeptJson.Default.UpgradeAnswer), (byte)'\n'];
            _ = _socket.Write(answer); // It fits into any socket; who does not read it, does not want it.
            Dispose();
        }
    }
}
