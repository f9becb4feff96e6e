using FastRing.Console.Endpoints;
using FastRing.Console.Recovery;
using FastRing.Console.State;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>
/// A port number: its two queues, what the driver has been told of it, and the port that is there now, or one without an endpoint, whose output
/// is discarded. The queues outlive ports: a driver keeps its buffers on them when a port goes, and uses them for the next of that number.
/// </summary>
internal sealed partial class PortSlot : WorkItem
{
    private readonly ConsoleDevice _device;
    private TransmitPump? _transmit;
    private ReceivePump? _receive;
    private (uint Base, nuint Consumed) _transmitStop; // Where the transmit queue stopped, and how far into that chain.
    private (uint Base, BuffersOut Buffers)? _receiveStop;
    private bool _isTransmitPaused; // It stopped, and what is on it is still there when it starts again.

    public PortSlot(ConsoleDevice device, int id)
    {
        _device = device;
        _wakeLater = WakeLater;
        Id = id;
        Port = new Port(this, options: null);
    }

    public int Id { get; }

    /// <summary>The port here; without an endpoint, nobody's.</summary>
    public Port Port { get; private set; }

    public ConsoleDevice Device => _device;

    /// <summary>The number can be given to another port: the driver may have to hear first that the last one went, but nothing of it is left here.</summary>
    public bool IsVacant => Port.Endpoint is null;

    /// <summary>Where its streams are; null where nobody needs to know.</summary>
    public PortStream? Stream { get; private set; }

    /// <summary>The driver has set the receive queue up.</summary>
    public bool HasReceive => _receive is not null;

    public VirtqueueCounters? TransmitCounters => _transmit?.Queue.Counters;

    /// <summary>Bytes in receive buffers the driver has not given back.</summary>
    public ulong UnacknowledgedBytes => _receive?.Returns.BytesOut ?? _receiveStop?.Buffers.BytesOut ?? 0;

    public void Wake()
    {
        if (NoteListeners())
        {
            NoteWork();
        }

        _device.Worker.Schedule(this);
    }

    public void StartTransmit(Virtqueue queue, bool enabled)
    {
        nuint consumed = queue.Base == _transmitStop.Base ? _transmitStop.Consumed : 0;
        _transmit = new TransmitPump(queue, consumed) { IsEnabled = enabled, Stream = Stream };
        Stream?.Start(queue.Base, isTransmit: true);
        _isTransmitPaused = false;
        Measure(isOn: false); // Anew, with the next turn.
    }

    public void StartReceive(Virtqueue queue, bool enabled)
    {
        // A queue that goes on where it stopped has the same buffers out.
        BufferReturns returns = _receiveStop is { } stop && stop.Base == queue.Base && stop.Buffers.Size == queue.Size
            ? new BufferReturns(stop.Buffers) : new BufferReturns(queue.Size);
        _receive = new ReceivePump(this, queue, returns) { IsEnabled = enabled, Stream = Stream };
        Stream?.Start(queue.Base, isTransmit: false);
        Measure(isOn: false);
    }

    public void Enable(bool transmit, bool enabled)
    {
        if (transmit && _transmit is not null)
        {
            _transmit.IsEnabled = enabled;
        }
        else if (!transmit && _receive is not null)
        {
            _receive.IsEnabled = enabled;
        }

        Wake();
    }

    public void StopTransmit()
    {
        if (_transmit is not null)
        {
            ReleaseBuffers();
            _isTransmitPaused = _transmit.Queue.Error == VirtqueueError.None;
            _transmitStop = (_transmit.Queue.Base, _transmit.HeadConsumed);
            _transmit.Drop();
            _transmit = null;
            Wake();
        }
    }

    /// <summary>The driver has forgotten the chain the queue stopped in, and all behind it.</summary>
    public void TransmitReset()
    {
        _transmitStop = default;
        _isTransmitPaused = false;
    }

    public void StopReceive()
    {
        if (_receive is not null)
        {
            ReleaseBuffers();
            _receive.Drop();
            _receiveStop = (_receive.Queue.Base, _receive.Returns.Stopped());
            _receive = null;
        }
    }

    /// <summary>The driver has forgotten what buffers it had been given.</summary>
    public void ReceiveReset() => _receiveStop = null;

    /// <summary>The port's endpoint is in another session.</summary>
    public void SessionChanged()
    {
        NeedStream();
        Stream?.SessionChanged();
    }

    /// <summary>Where its streams are is kept in an area from now on; null: no more.</summary>
    /// <param name="area">The device's.</param>
    /// <param name="isNew">Nothing is in it.</param>
    public void Keep(ConsoleArea? area, bool isNew)
    {
        PortState? stopped = isNew && area is not null ? Save() : null;
        NeedStream(area is not null);
        Stream?.Keep(area, isNew);
        if (stopped is not null && (stopped.Transmit != default || stopped.Has(PortStateFlags.TransmitPaused) || stopped.Receive is not null || stopped.Session.Id != default))
        {
            Stream!.Load(stopped.Session, stopped); // Of a state that was loaded before there was an area: nobody else says where its rings stopped.
        }

        Stream = area is not null || Port.Endpoint is IResumableEndpoint ? Stream : null;
    }

    /// <inheritdoc/>
    protected override bool Run()
    {
        NoteListeners();
        bool more = RunTransmit();
        more |= RunReceive();

        if (Port.AwaitsAcknowledgement)
        {
            _receive?.Listen();
            Port.Acknowledged(UnacknowledgedBytes);
        }

        // Only now that a leaving client's last bytes are published: a guest that hears of the end first may not read them.
        if (UpdatePendingOpen())
        {
            _device.RunControlReceive();
        }

        return more;
    }

    /// <inheritdoc/>
    protected override void OnFault(Exception fault)
    {
        // The port's endpoint, most likely: it is not asked again. The queues may serve another port.
        Port.Stop(fault);
        ReleaseBuffers();
        _transmit?.PutBack();
        _receive?.PutBack();
        Wake();
    }

    private void PortChanged()
    {
        Measure(isOn: false);
        NeedStream();
        Stream?.PortChanged();
    }

    /// <summary>A stream is followed once there is a reason, and from then on.</summary>
    private void NeedStream(bool isKept = false)
    {
        if (Stream is null && (isKept || Port.Endpoint is IResumableEndpoint))
        {
            Stream = new PortStream(this);
            if (_transmit is not null)
            {
                _transmit.Stream = Stream;
                Stream.Start(_transmit.Queue.Base, isTransmit: true);
            }

            if (_receive is not null)
            {
                _receive.Stream = Stream;
                Stream.Start(_receive.Queue.Base, isTransmit: false);
            }
        }
    }

    /// <summary>Guest memory an endpoint works on in place is no longer its to touch.</summary>
    private void ReleaseBuffers() => Port.ReleaseBuffers();
}
