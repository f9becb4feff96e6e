using System.Globalization;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// Connects to a listening socket, and again when the connection ends; waits longer after each failure. What the other side sent before
/// it left is delivered, unless the guest has the port closed.
/// </summary>
public abstract class StreamConnectEndpoint : IHostEndpoint
{
    private readonly ReconnectDelays _delays;
    private WorkerTimer? _timer;
    private IHostConnection? _peer;
    private TimeSpan _delay;
    private long _connectedAt;
    private bool _reported;

    private protected StreamConnectEndpoint(string address, ReconnectDelays? delays)
    {
        Address = address;
        _delays = delays ?? ReconnectDelays.Default;
        _delay = _delays.First;
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public bool IsOpen => _peer is not null;

    /// <inheritdoc/>
    public bool TakesOutput => _peer is { IsHungUp: false };

    /// <inheritdoc/>
    public bool MayHaveInput => _peer is { MayHaveInput: true };

    private protected Worker? Worker { get; private set; }

    private protected IEndpointObserver? Observer { get; private set; }

    private protected bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        Worker = worker;
        Observer = observer;
        _timer = new WorkerTimer(worker, TryConnect);
        TryConnect();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _peer?.Write(segments) ?? 0;

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _peer?.Read(segments) ?? 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open) => ReconnectIfLeft();

    /// <inheritdoc/>
    public void Disconnect()
    {
        if (_peer is not null)
        {
            Reconnect();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsDisposed = true;
        _timer?.Clear();
        GiveUp();
        _peer?.Dispose();
        _peer = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins to connect. <see cref="Connected"/> or <see cref="Failed"/> follows, from within it or later.</summary>
    private protected abstract void Connect();

    /// <summary>Stops to connect: neither is to follow any more.</summary>
    private protected virtual void GiveUp()
    {
    }

    private protected void Connected(IHostConnection peer, string who)
    {
        _reported = false;
        _connectedAt = MonotonicClock.Now;
        _peer = peer;
        Observer!.ClientAccepted(who);
        Observer.HostOpenChanged();
    }

    private protected void Failed(string why)
    {
        // Once an outage, and not for one that a restart of the other side explains.
        if (_delay == _delays.Last && !_reported)
        {
            _reported = true;
            Observer!.Report(string.Create(CultureInfo.InvariantCulture, $"{Address}: {why}; trying again every {_delays.Last.TotalSeconds:0.###} s"));
        }

        RetryLater();
    }

    private protected void PeerLeft(IHostConnection peer) => ReconnectIfLeft();

    private void TryConnect()
    {
        if (IsDisposed)
        {
            return;
        }

        try
        {
            Connect();
        }
        catch (LinuxException e)
        {
            Failed(e.Message);
        }
    }

    private void RetryLater()
    {
        _timer!.Start(_delay);
        _delay = _delay * 2 < _delays.Last ? _delay * 2 : _delays.Last;
    }

    private void ReconnectIfLeft()
    {
        if (_peer is { IsHungUp: true } peer && (peer.HasEnded || !Observer!.IsGuestOpen))
        {
            Reconnect();
        }
    }

    private void Reconnect()
    {
        // One that is ended as soon as it is made is no success.
        if (MonotonicClock.Now - _connectedAt >= MonotonicClock.Nanoseconds(_delays.Last))
        {
            _delay = _delays.First;
        }

        IHostConnection peer = _peer!;
        _peer = null;
        peer.Dispose();
        Observer!.HostOpenChanged();
        RetryLater();
    }
}
