using FastRing.Devices;
using FastRing.Diagnostics;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Transports;
using FastRing.Transports.Pci;
using FastRing.VfioUser.Server;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Diagnostics;
using FastRing.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.VfioUser;

/// <summary>
/// Gives one virtio device to vfio-user clients as a PCI function: QEMU's <c>vfio-user-pci</c> is one. Everything of it runs on the device's worker and never blocks it.
/// </summary>
/// <remarks>
/// Clients that connect while another is served wait in the socket's backlog. A client's mistakes are answered with an error, or end its connection where the stream can't be
/// trusted any more. When it leaves the device is reset: whoever comes next is another machine.
/// </remarks>
public sealed class VfioUserServer : IDeviceServer, IRingServer
{
    private readonly OwnedFd _socket;
    private readonly bool _listening;
    private readonly RingReporter _reporter;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NotificationCoalescing?[] _coalescing; // What was said since the start. The worker's.
    private ClientListener? _listener;
    private ClientConnection? _connection;
    private bool _started;
    private bool _disposed;

    /// <summary>Makes a server that does nothing until <see cref="Start"/>.</summary>
    /// <param name="worker">The device's worker. Dispose the server before it.</param>
    /// <param name="device">The device.</param>
    /// <param name="socket">Becomes the server's. Listening: serves one client after the other. Connected: serves that one until it leaves.</param>
    /// <param name="name">Stands in log lines.</param>
    /// <param name="logger">Null: nothing is logged.</param>
    /// <exception cref="LinuxException"><paramref name="socket"/> is no socket; it stays the caller's.</exception>
    public VfioUserServer(Worker worker, IVirtioDevice device, OwnedFd socket, string name, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(device);
        _listening = UnixSocket.IsListening(socket);
        socket.SetNonBlocking();
        _socket = socket;
        Worker = worker;
        Device = device;
        Name = name;
        _coalescing = new NotificationCoalescing?[device.QueueCount];
        _reporter = new RingReporter(this);
        Log = new ServerLog(logger ?? NullLogger.Instance, name);
    }

    /// <summary>The most bytes of guest memory one client may have mapped at a time. 1 TiB unless said otherwise.</summary>
    public ulong MaxMappedBytes { get; init; } = 1UL << 40;

    /// <summary>What is asked of the files of guest memory. Nothing unless said otherwise.</summary>
    public MemorySealPolicy MemorySeals { get; init; }

    /// <summary>How long a message may take from its first byte to its last. 10 s unless said otherwise; an idle connection has no limit.</summary>
    public TimeSpan MessageDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public NotificationCoalescing Coalescing { get; init; } = NotificationCoalescing.Immediate;

    /// <summary>How long the buffers of a busy driver may wait until the device looks for them, instead of being notified of each. Zero, as it is unless set: it is always notified.</summary>
    public TimeSpan LookDelay { get; init; }

    /// <summary>What happened so far. <see cref="RejectionReason.Refused"/>, <see cref="RejectionReason.UnknownRequest"/> and what a command's size or descriptors are wrong for were answered with an error.</summary>
    public BackendCounters Counters { get; } = new();

    /// <summary>What happened at the registers of the client that is connected; null: none is.</summary>
    public TransportCounters? RegisterCounters => _connection?.Session?.Function.Counters;

    /// <inheritdoc/>
    public bool IsConnected => _connection is not null;

    /// <inheritdoc/>
    public event Action<bool>? ConnectionChanged;

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    internal string Name { get; }

    internal Worker Worker { get; }

    internal IVirtioDevice Device { get; }

    internal ServerLog Log { get; }

    /// <inheritdoc/>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_started)
        {
            throw new InvalidOperationException("the server was started before");
        }

        _started = true;
        Worker.InvokeAsync(Open).GetAwaiter().GetResult();
        BackendMeter.Add(this);
        Reporters.Add(_reporter);
    }

    /// <inheritdoc/>
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
                _connection?.Session?.Function.Registers.SetCoalescing(i, coalescing);
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

    string IRingServer.Name => Name;

    Worker IRingServer.Worker => Worker;

    IEnumerable<(int Index, VirtqueueCounters Counters)> IRingServer.RunningQueues() => _connection?.Session?.Function.Registers.RunningQueues() ?? [];

    bool IRingServer.Look(int first, int count, List<RingReport> reports) => _connection?.Session?.Look(first, count, reports) ?? false;

    internal void ApplyCoalescing(VirtioPci function)
    {
        for (int i = 0; i < _coalescing.Length; i++)
        {
            if (_coalescing[i] is { } coalescing)
            {
                function.Registers.SetCoalescing(i, coalescing);
            }
        }
    }

    internal void Serve(OwnedFd socket)
    {
        Counters.Sessions++;
        Log.Connected();
        FastRingEventSource.Log.FrontendChanged(Name, connected: true);
        _connection = new ClientConnection(this, socket);
        ConnectionChanged?.Invoke(true);
        _connection.Open();
    }

    internal void Fault(Exception fault)
    {
        Counters.Reject(RejectionReason.Fault);
        Log.Faulted(fault);
    }

    internal void ConnectionEnded()
    {
        _connection = null;
        Log.Disconnected();
        FastRingEventSource.Log.FrontendChanged(Name, connected: false);
        ConnectionChanged?.Invoke(false);
        if (_listening)
        {
            _listener?.Resume();
        }
        else
        {
            _ended.TrySetResult();
        }
    }

    private void Open()
    {
        if (_listening)
        {
            _listener = new ClientListener(this, _socket);
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
