using System.Net.Sockets;
using FastRing.Agent;
using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Host.Serving;

/// <summary>The socket at which other programs share a guest's agent. Runs on the thread pool.</summary>
internal sealed class AgentDoor(string path, PeerAllowList? allowed, int? mode) : IDisposable
{
    private const int MostClients = 16;
    private const int MostRequestBytes = 4 << 20;
    private const int OwnerOnly = 0x180; // 0600

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMilliseconds(100);

    private readonly UnixListener _listener = new(path, mode ?? OwnerOnly);
    private readonly SemaphoreSlim _room = new(MostClients);
    private readonly CancellationTokenSource _closed = new();
    private CancellationTokenSource _clients = new();
    private Socket? _socket;

    /// <summary>Where programs connect to.</summary>
    public string Path { get; } = path;

    /// <summary>Begins to let them in. Worker thread.</summary>
    public void Open(AgentChannel channel, Worker worker, IEndpointObserver observer)
    {
        _socket = new Socket(new SafeSocketHandle(_listener.Fd.Fd, ownsHandle: false));
        var broker = new AgentBroker(channel) { MaxRequestBytes = MostRequestBytes };
        _ = Task.Run(() => AcceptAsync(broker, worker, observer));
    }

    /// <summary>Ends everybody's connection; they may come again.</summary>
    public void SendAway()
    {
        CancellationTokenSource clients = Interlocked.Exchange(ref _clients, new CancellationTokenSource());
        _ = Task.Run(clients.Cancel);
    }

    public void Dispose()
    {
        SendAway();
        _ = Task.Run(_closed.Cancel);
        _socket?.Dispose();
        _listener.Dispose();
    }

    private async Task AcceptAsync(AgentBroker broker, Worker worker, IEndpointObserver observer)
    {
        while (!_closed.IsCancellationRequested)
        {
            try
            {
                await _room.WaitAsync(_closed.Token);
                Socket client = await _socket!.AcceptAsync(_closed.Token);
                _ = ServeAsync(client, broker, worker, observer);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, most likely: the client stays in the backlog.
                _room.Release();
                worker.Post(() => observer.Report($"{Path}: {e.Message}"));
                await Task.Delay(s_retryAfter);
            }
        }
    }

    private async Task ServeAsync(Socket client, AgentBroker broker, Worker worker, IEndpointObserver observer)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            if (IsLetIn(client, worker, observer))
            {
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(_clients.Token, _closed.Token);
                await broker.ServeAsync(stream, ended.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or LinuxException)
        {
            // It was sent away, or the port went.
        }
        finally
        {
            _room.Release();
        }
    }

    private bool IsLetIn(Socket client, Worker worker, IEndpointObserver observer)
    {
        using OwnedFd fd = OwnedFd.DuplicateOf((int)client.Handle);
        LocalPeer peer = LocalPeer.Of(fd);
        string who = peer.ToString();
        bool isLetIn = allowed?.Allows(peer) ?? true;
        worker.Post(() =>
        {
            if (isLetIn)
            {
                observer.ClientAccepted(who);
            }
            else
            {
                observer.ClientRefused(who, PeerAllowList.WhyRefused);
            }
        });
        return isLetIn;
    }
}
