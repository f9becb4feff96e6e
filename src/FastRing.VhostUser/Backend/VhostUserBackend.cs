using FastRing.Devices;
using FastRing.Devices.State;
using FastRing.Diagnostics;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Diagnostics;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.VhostUser.Backend;

/// <summary>
/// Gives one virtio device to vhost-user frontends. Everything of it runs on the device's worker and never blocks it.
/// </summary>
/// <remarks>
/// Frontends that connect while another is served wait in the socket's backlog. A frontend's mistakes cost it a ring or its
/// connection, and nobody else anything; one that makes its memory file smaller loses its connection (<see cref="BackendCounters.LostMemories"/>).
/// </remarks>
public sealed class VhostUserBackend : IDeviceServer, IRingServer
{
    private readonly OwnedFd _socket;
    private readonly bool _listening;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NotificationCoalescing?[] _coalescing; // What was said since the start. The worker's.
    private readonly RingReporter _reporter;
    private Listener? _listener;
    private Connection? _connection;
    private bool _started;
    private bool _disposed;

    /// <summary>Makes a backend that does nothing until <see cref="Start"/>.</summary>
    /// <param name="worker">The device's worker. Dispose the backend before it.</param>
    /// <param name="device">The device.</param>
    /// <param name="socket">
    /// Becomes the backend's. Listening: serves one frontend after the other. Connected: serves that one until it leaves.
    /// </param>
    /// <param name="name">Stands in log lines and in metrics.</param>
    /// <param name="logger">Null: nothing is logged.</param>
    /// <exception cref="LinuxException"><paramref name="socket"/> is no socket; it stays the caller's.</exception>
    public VhostUserBackend(Worker worker, IVirtioDevice device, OwnedFd socket, string name, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(device);
        _listening = UnixSocket.IsListening(socket);
        socket.SetNonBlocking(); // One that a service manager hands over may come blocking.
        _socket = socket;
        Worker = worker;
        Device = device;
        Name = name;
        _coalescing = new NotificationCoalescing?[device.QueueCount];
        Log = new BackendLog(logger ?? NullLogger.Instance, name);
        _reporter = new RingReporter(this);
    }

    /// <summary>The most bytes of guest memory one frontend may have mapped at a time. 1 TiB unless said otherwise.</summary>
    public ulong MaxMappedBytes { get; init; } = 1UL << 40;

    /// <summary>What is asked of the files of guest memory. Nothing unless said otherwise.</summary>
    public MemorySealPolicy MemorySeals { get; init; }

    /// <summary>How long a message may take from its first byte to its last. 10 s unless said otherwise; an idle connection has no limit.</summary>
    public TimeSpan MessageDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether <see cref="ProtocolFeatures.InbandNotifications"/> are offered. Off unless said otherwise: a frontend that takes the
    /// offer (user-mode-linux does) then waits for an answer to every kick. Meant for simulations, which need just that.
    /// </summary>
    public bool OfferInbandNotifications { get; init; }

    /// <summary>How the used-buffer notifications of its queues are gathered, until <see cref="SetCoalescingAsync"/> says otherwise.</summary>
    public NotificationCoalescing Coalescing { get; init; } = NotificationCoalescing.Immediate;

    /// <summary>
    /// How long the buffers of a busy driver may wait until the device looks for them, instead of being notified of each; for queues of which the device says that
    /// they may (<see cref="Virtqueue.AwaitBuffers"/>). Zero, as it is unless set: it is always notified.
    /// </summary>
    public TimeSpan LookDelay { get; init; }

    /// <summary>
    /// The socket is neither: it is a <see cref="ConnectionDoor"/>, from which connections come that another process has accepted. That process is told of each session's end.
    /// </summary>
    public bool TakesConnections { get; init; }

    /// <summary>What happened so far.</summary>
    public BackendCounters Counters { get; } = new();

    /// <summary>A frontend is connected. Any thread.</summary>
    public bool IsConnected => _connection is not null;

    /// <summary>A frontend connected (true) or is gone (false). Raised on the worker's thread: be brief, don't wait, don't throw.</summary>
    public event Action<bool>? ConnectionChanged;

    /// <summary>Completes when the session of a connected socket ended, or when the backend was disposed.</summary>
    public Task Ended => _ended.Task;

    internal string Name { get; }

    internal Worker Worker { get; }

    internal IVirtioDevice Device { get; }

    internal BackendLog Log { get; }

    /// <summary>Protocol features offered.</summary>
    internal ProtocolFeatures ProtocolFeatures =>
        ProtocolFeatures.MultiQueue | ProtocolFeatures.LogSharedMemory | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendRequests | ProtocolFeatures.Config
        | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.InflightSharedMemory | ProtocolFeatures.ResetDevice | ProtocolFeatures.Status
        | (Device is IStatefulDevice ? ProtocolFeatures.DeviceState : ProtocolFeatures.None)
        | (OfferInbandNotifications ? ProtocolFeatures.InbandNotifications : ProtocolFeatures.None);

    /// <summary>Begins to serve; returns when the socket is watched. Any thread but the worker's.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_started)
        {
            throw new InvalidOperationException("the backend was started before");
        }

        _started = true;
        BackendMeter.Add(this);
        Reporters.Add(_reporter);
        Worker.InvokeAsync(Open).GetAwaiter().GetResult();
    }

    /// <summary>Changes how used-buffer notifications are gathered, for rings that run and all that start later. Any thread.</summary>
    /// <param name="coalescing">The new policy.</param>
    /// <param name="queue">The only queue it is for; null: all of them.</param>
    /// <returns>Completes when it holds; not to be waited for on the worker's thread.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such queue.</exception>
    public Task SetCoalescingAsync(NotificationCoalescing coalescing, int? queue = null)
    {
        ArgumentNullException.ThrowIfNull(coalescing);
        ArgumentOutOfRangeException.ThrowIfNegative(queue ?? 0, nameof(queue));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(queue ?? 0, Device.QueueCount, nameof(queue));
        return Worker.InvokeAsync(() =>
        {
            for (int i = queue ?? 0; i <= (queue ?? Device.QueueCount - 1); i++)
            {
                _coalescing[i] = coalescing;
                _connection?.SetCoalescing(i, coalescing);
            }
        });
    }

    /// <summary>Ends the session, if there is one, and closes the socket; the device has been reset when this returns. Any thread but the worker's.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_started)
        {
            BackendMeter.Remove(this);
            Reporters.Remove(_reporter);
            Worker.InvokeAsync(Close).GetAwaiter().GetResult();
        }

        _socket.Dispose();
        _ended.TrySetResult();
    }

    IEnumerable<(int Index, VirtqueueCounters Counters)> IRingServer.RunningQueues() => _connection?.RunningQueues() ?? [];

    bool IRingServer.Look(int first, int count, List<RingReport> reports) => _connection?.Look(first, count, reports) ?? false;

    string IRingServer.Name => Name;

    Worker IRingServer.Worker => Worker;

    internal NotificationCoalescing CoalescingOf(int queue) => _coalescing[queue] ?? Coalescing;

    internal void Serve(OwnedFd socket)
    {
        Counters.Sessions++;
        Log.Connected();
        FastRingEventSource.Log.FrontendChanged(Name, connected: true);
        _connection = new Connection(this, socket);
        ConnectionChanged?.Invoke(true);
        _connection.Open();
    }

    internal void ConnectionEnded()
    {
        _connection = null;
        Log.Disconnected();
        FastRingEventSource.Log.FrontendChanged(Name, connected: false);
        ConnectionChanged?.Invoke(false);
        if (TakesConnections && !_disposed) // A process that ends leaves its frontends to the next.
        {
            ConnectionDoor.TellEnd(_socket);
        }

        if (_listener is not null)
        {
            _listener.Resume();
        }
        else if (!_listening && !TakesConnections)
        {
            _ended.TrySetResult();
        }
    }

    private void Open()
    {
        if (_listening || TakesConnections)
        {
            _listener = new Listener(this, _socket);
            _listener.Resume();
        }
        else
        {
            Serve(_socket);
        }
    }

    private void Close()
    {
        // The listener first, or the end of the connection would set it going again.
        _listener?.Dispose();
        _listener = null;
        _connection?.Dispose();
    }
}
