using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Console.Ports;

/// <summary>
/// A port: a name, an endpoint, and two independent bits, whether the guest and whether the host has it open. A number nobody was given has one too,
/// without an endpoint: what a driver sends there is discarded. A port that was removed stays as it was; its number may be another's by then.
/// State is the worker's, and may be read by any thread at any time.
/// </summary>
public sealed partial class Port : IEndpointObserver, IGuestBuffers
{
    private readonly PortSlot _slot;
    private readonly ConsoleDevice _device;
    private readonly PortWaiters _waiters;
    private bool _hostWasOpen;
    private bool _needsNoClient; // Its host's end was open as soon as it had started.
    private uint _hostOpens;

    internal Port(PortSlot slot, PortOptions? options)
    {
        _slot = slot;
        _device = slot.Device;
        _waiters = new PortWaiters(this);
        Name = options?.Name ?? "";
        IsConsole = options?.IsConsole ?? false;
        Endpoint = options?.Endpoint;
        WhenHostClosed = options?.WhenHostClosed ?? HostClosedPolicy.Discard;
        WhenClientLeaves = options?.WhenClientLeaves ?? DisconnectPolicy.Discard;
        Size = options?.Size;
        Limits = options?.Limits ?? PortLimits.None;
        ToHost = new RateMeters(Limits.ToHost);
        ToGuest = new RateMeters(Limits.ToGuest);
    }

    /// <summary>Number of the port; 0 is the one a driver without MULTIPORT sees.</summary>
    public int Id => _slot.Id;

    /// <summary>What the guest finds it by; empty: only by number.</summary>
    public string Name { get; }

    /// <summary>True for a console (hvc), false for a serial port.</summary>
    public bool IsConsole { get; }

    /// <summary>What becomes of its output while nobody is there on the host's side.</summary>
    public HostClosedPolicy WhenHostClosed { get; }

    /// <summary>What becomes of what a client that left did not take.</summary>
    public DisconnectPolicy WhenClientLeaves { get; }

    /// <summary>What may pass it.</summary>
    public PortLimits Limits { get; private set; }

    /// <summary>Where a local program finds its host's end: a socket's or a terminal's path, an address; null where there is no such thing.</summary>
    public string? Address => Endpoint?.Address;

    /// <summary>The size of its terminal, if anything was said of it.</summary>
    public ConsoleSize? Size { get; private set; }

    /// <summary>What passed through it.</summary>
    public PortCounters Counters { get; } = new();

    /// <summary>The guest's driver said PORT_READY.</summary>
    public bool IsReady { get; private set; }

    /// <summary>The guest's driver said that it can't use the port.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The port was removed.</summary>
    public bool IsRemoved { get; private set; }

    /// <inheritdoc/>
    public bool IsGuestOpen { get; private set; }

    /// <summary>The host's side is open. A console's always is: its guest must never wait for a reader.</summary>
    public bool IsHostOpen => Endpoint is not null && (IsConsole || IsEndpointOpen(Endpoint));

    /// <inheritdoc/>
    public PortSession Session => new(_device.Drivers, (uint)Counters.GuestOpens, _hostOpens);

    /// <summary>What stands between it and its use.</summary>
    public PortWait Waits =>
        IsRemoved ? PortWait.Removed
        : HasFailed ? PortWait.Failed
        : !IsReady ? (_device.IsDriverReady ? PortWait.GuestPort : PortWait.Driver)
        : !IsGuestOpen ? PortWait.GuestOpen
        : !IsHostOpen ? PortWait.HostOpen
        : PortWait.Nothing;

    /// <summary>What happened on the queue the guest writes to; null while it is stopped.</summary>
    public VirtqueueCounters? TransmitCounters => _slot.TransmitCounters;

    /// <summary>Bytes the guest's driver was given and has not dealt with, as of the last look.</summary>
    public ulong UnacknowledgedBytes => _slot.UnacknowledgedBytes;

    /// <summary>For how long the host's side has taken nothing of what the guest has sent, as of the last look; null: it does.</summary>
    internal double? StalledSeconds => IsRemoved ? null : _slot.StalledSeconds;

    string IEndpointObserver.Guest => _device.Name;

    internal IHostEndpoint? Endpoint { get; }

    /// <summary>Its endpoint threw: it is asked nothing more.</summary>
    internal bool HasStopped { get; private set; }

    internal bool AwaitsAcknowledgement => _waiters.AwaitAcknowledgement;

    // Fields: they are changed in place.
    internal RateMeters ToHost;
    internal RateMeters ToGuest;

    /// <summary>Waits until a program in the guest has the port open.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Any thread. Complete at once when it is open.</returns>
    /// <exception cref="TimeoutException">It did not: the message, and <see cref="Waits"/>, say what is missing.</exception>
    /// <exception cref="InvalidOperationException">Nobody was given the port's number.</exception>
    /// <exception cref="ObjectDisposedException">The port was removed.</exception>
    public Task WaitForGuestOpenAsync(TimeSpan timeout, CancellationToken cancellation = default) => _waiters.ForGuestOpenAsync(_device.Worker, timeout, cancellation);

    /// <summary>
    /// Waits until the guest's driver has dealt with everything it was given so far: it gave the buffers back. A Linux driver does when a program has read
    /// what was in them, and for all of them when that program closes the port.
    /// </summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Any thread.</returns>
    /// <exception cref="TimeoutException">It did not.</exception>
    /// <exception cref="InvalidOperationException">The guest was reset before it did, or nobody was given the port's number.</exception>
    /// <exception cref="ObjectDisposedException">The port was removed.</exception>
    public Task WaitForAcknowledgementAsync(TimeSpan timeout, CancellationToken cancellation = default) =>
        _waiters.ForAcknowledgementAsync(_device.Worker, timeout, cancellation);

    /// <summary>The last of what its guest wrote, where its host's end remembers that (<see cref="IScrollback"/>); null: it does not. Any thread.</summary>
    public Scrollback? Snapshot() => (Endpoint as IScrollback)?.Snapshot();

    /// <summary>Changes what may pass. Any thread but the worker's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A figure is negative.</exception>
    /// <exception cref="ObjectDisposedException">The port was removed.</exception>
    /// <exception cref="InvalidOperationException">Nobody was given the port's number.</exception>
    public Task SetLimitsAsync(PortLimits limits)
    {
        limits.ToHost.ThrowIfInvalid(nameof(limits));
        limits.ToGuest.ThrowIfInvalid(nameof(limits));
        return OnWorkerAsync(() => SetLimits(limits));
    }

    /// <summary>Tells the guest the size of the port's terminal. Any thread but the worker's.</summary>
    /// <exception cref="InvalidOperationException">The port is no console.</exception>
    /// <exception cref="ObjectDisposedException">The port was removed.</exception>
    public Task ResizeAsync(ConsoleSize size) => IsConsole
        ? OnWorkerAsync(() => Resize(size))
        : throw new InvalidOperationException($"port {Id} '{Name}' is no console");

    /// <summary>Sends its host's client away, if there is one and it can be sent away: the next may come. Any thread but the worker's.</summary>
    /// <exception cref="ObjectDisposedException">The port was removed.</exception>
    /// <exception cref="InvalidOperationException">Nobody was given the port's number.</exception>
    public Task DisconnectAsync() => OnWorkerAsync(() => Guarded(static endpoint => endpoint.Disconnect()));

    /// <inheritdoc/>
    public void HostOpenChanged()
    {
        if (IsRemoved)
        {
            return;
        }

        bool isOpen = Endpoint!.IsOpen;
        if (isOpen != _hostWasOpen)
        {
            if (!isOpen)
            {
                _slot.HostLeft();
            }

            _hostWasOpen = isOpen;
            _hostOpens += isOpen ? 1U : 0;
            _device.Raise(isOpen ? PortEventKind.HostOpened : PortEventKind.HostClosed, this);
        }

        _slot.Wake();
    }

    /// <inheritdoc/>
    public void SessionChanged()
    {
        if (!IsRemoved)
        {
            _slot.SessionChanged();
        }
    }

    /// <inheritdoc/>
    public void InputPossible() => Wake();

    /// <inheritdoc/>
    public void OutputPossible() => Wake();

    /// <inheritdoc/>
    public void Report(string problem) => _device.ReportEndpoint(this, problem);

    /// <inheritdoc/>
    public void SizeChanged(ConsoleSize size)
    {
        if (IsConsole && !IsRemoved && size != Size)
        {
            Resize(size);
        }
    }

    /// <inheritdoc/>
    public void ClientAccepted(string who)
    {
        Counters.ClientsAccepted++;
        _device.Raise(PortEventKind.ClientAccepted, this, who);
    }

    /// <inheritdoc/>
    public void ClientRefused(string who, string why)
    {
        Counters.ClientsRefused++;
        _device.Raise(PortEventKind.ClientRefused, this, $"{who}: {why}");
    }

    internal void Start()
    {
        Endpoint!.Start(_device.Worker, this);
        _needsNoClient = Endpoint is not IResumableEndpoint && Endpoint.IsOpen;
        HostOpenChanged();
    }

    internal void DriverReady()
    {
        IsReady = true;
        HasFailed = false;
        _device.Raise(PortEventKind.GuestReady, this);
    }

    internal void DriverFailed()
    {
        HasFailed = true;
        _device.Raise(PortEventKind.GuestFailed, this);
    }

    internal void GuestOpened(bool open)
    {
        IsGuestOpen = open;
        Counters.GuestOpens += open ? 1UL : 0;
        Guarded(open ? static endpoint => endpoint.GuestOpenChanged(true) : static endpoint => endpoint.GuestOpenChanged(false));
        _waiters.GuestOpenChanged();
        _device.Raise(open ? PortEventKind.GuestOpened : PortEventKind.GuestClosed, this);
    }

    internal void DriverReset()
    {
        IsReady = HasFailed = false;
        Recorder?.DriverReset();
        _waiters.DriverReset();
        if (IsGuestOpen)
        {
            GuestOpened(false);
        }
    }

    /// <summary>The driver had so many bytes that it had not dealt with.</summary>
    /// <remarks>Buffers it was given for the port before come back first.</remarks>
    internal void Acknowledged(ulong bytesOut) => _waiters.Acknowledged(Counters.BytesToGuest - Math.Min(bytesOut, Counters.BytesToGuest));

    /// <summary>Asked where the control queue is served, too: an endpoint that throws is no reason to leave other ports' messages.</summary>
    private bool IsEndpointOpen(IHostEndpoint endpoint)
    {
        try
        {
            return !HasStopped && endpoint.IsOpen;
        }
        catch (Exception e)
        {
            Stop(e);
            return false;
        }
    }

    /// <summary>The endpoint threw: what it does is no other port's business, and none of the driver's.</summary>
    internal void Stop(Exception fault)
    {
        HasStopped = true;
        Report($"port stopped: {fault}");
    }

    /// <summary>The slot is another's from now on.</summary>
    /// <param name="keepsEndpoint">The endpoint stays its maker's.</param>
    internal void Remove(bool keepsEndpoint = false)
    {
        if (IsRemoved || Endpoint is null)
        {
            return;
        }

        IsRemoved = true;
        IsReady = IsGuestOpen = false;
        EndRecording(Recorder);
        _waiters.Removed();
        try
        {
            (keepsEndpoint ? null : Endpoint)?.Dispose();
        }
        catch (Exception e)
        {
            _device.ReportFault($"disposing of the endpoint of port {Id} '{Name}'", e);
        }
    }

    /// <exception cref="ObjectDisposedException">The port was removed.</exception>
    /// <exception cref="InvalidOperationException">Nobody was given the number.</exception>
    internal void ThrowIfGone()
    {
        if (IsRemoved)
        {
            throw new ObjectDisposedException($"port {Id} '{Name}'", "the port was removed");
        }

        if (Endpoint is null)
        {
            throw new InvalidOperationException($"nobody was given port number {Id}");
        }
    }

    private void Guarded(Action<IHostEndpoint> action)
    {
        try
        {
            if (Endpoint is not null)
            {
                action(Endpoint);
            }
        }
        catch (Exception e)
        {
            Stop(e);
        }
    }

    private void Wake()
    {
        if (!IsRemoved)
        {
            _slot.Wake();
        }
    }

    private void SetLimits(PortLimits limits)
    {
        Limits = limits;
        ToHost = new RateMeters(limits.ToHost);
        ToGuest = new RateMeters(limits.ToGuest);
        _slot.Wake();
        _device.Keep();
        _device.Raise(PortEventKind.LimitsChanged, this);
    }

    private void Resize(ConsoleSize size)
    {
        Size = size;
        _slot.Resized();
        _device.Resized(this);
    }

    private Task OnWorkerAsync(Action action) => _device.Worker.InvokeAsync(() =>
    {
        ThrowIfGone();
        action();
    });
}
