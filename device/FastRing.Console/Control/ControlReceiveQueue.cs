using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Console.State;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Control;

/// <summary>Device to driver: writes what ports have pending into the driver's control buffers, as many as there are.</summary>
internal sealed partial class ControlReceiveQueue
{
    private readonly ConsoleDevice _device;
    private readonly ResizeOrder _resizeOrder;
    private readonly Queue<PortSlot> _line = new();
    private readonly Queue<(PortSlot Slot, PendingControl What, ulong After)> _unheard = new();
    private readonly byte[] _message = new byte[ControlMessage.SizeBytes + PortName.MaxLength];
    private ChainBatch? _batch;
    private BufferReturns _returns;
    private Virtqueue? _queue;
    private (uint Base, BuffersOut Buffers)? _stopped;

    public ControlReceiveQueue(ConsoleDevice device, ResizeOrder resizeOrder) => (_device, _resizeOrder) = (device, resizeOrder);

    /// <summary>Messages sent.</summary>
    public ulong Sent { get; private set; }

    /// <summary>Messages that did not fit the buffer the driver had for them.</summary>
    public ulong TooSmallBuffers { get; private set; }

    public bool IsEnabled { get; set; }

    public Virtqueue? Queue => _queue;

    public void Start(Virtqueue queue, bool enabled)
    {
        // A queue that goes on where it stopped has the same buffers out, and its driver the same messages to deal with.
        if (_stopped is { } stopped && stopped.Base == queue.Base && stopped.Buffers.Size == queue.Size)
        {
            _returns = new BufferReturns(stopped.Buffers);
        }
        else
        {
            Forget();
            _returns = new BufferReturns(queue.Size);
        }

        _queue = queue;
        _batch = new ChainBatch(queue.Size, ChainDirection.Writable);
        IsEnabled = enabled;
        _device.Keep();
    }

    public void Stop()
    {
        if (_queue is not null)
        {
            _returns.PutBack(_batch!.Count);
            _stopped = (_queue.Base, _returns.Stopped());
            _batch = null;
            _queue = null;
            _device.Keep();
        }
    }

    /// <summary>The driver has forgotten what buffers it had been given: nothing is to wait for those.</summary>
    public void Forget()
    {
        _stopped = null;
        while (_unheard.TryDequeue(out (PortSlot Slot, PendingControl What, ulong After) first))
        {
            first.Slot.ControlHeard(first.What);
        }
    }

    /// <summary>Puts a port with something pending in line; once, however often it is called.</summary>
    public void Enqueue(PortSlot slot)
    {
        if (!slot.IsInControlLine)
        {
            slot.IsInControlLine = true;
            _line.Enqueue(slot);
        }
    }

    /// <summary>Writes messages until nothing is pending or the driver has no buffer left, and tells those whose message the driver has dealt with.</summary>
    public void Run()
    {
        if (_queue is null || !IsEnabled)
        {
            return;
        }

        Fetch();
        do
        {
            if (_line.Count > 0 && _batch!.Count > 0)
            {
                // Once without what is about to be said, for whoever finds that it was not published; and once with it.
                _device.Keep();
                SendPending();
                _device.Keep();
            }

            _queue.PublishAndNotify();
        }
        while (_queue.EnableNotifications() && Fetch() > 0);
    }

    /// <summary>All there are, not only those needed: how many the driver gave back tells what it has dealt with.</summary>
    /// <returns>Buffers there are more; 0 also when the batch is full of long chains.</returns>
    private int Fetch()
    {
        int popped = _queue!.Pop(_batch!);
        _returns.Add(popped);
        while (_unheard.TryPeek(out (PortSlot Slot, PendingControl What, ulong After) first) && _returns.Returned >= first.After)
        {
            _unheard.Dequeue();
            first.Slot.ControlHeard(first.What);
        }

        return popped;
    }

    private void SendPending()
    {
        while (_line.TryPeek(out PortSlot? slot))
        {
            if (slot.Pending == PendingControl.None)
            {
                _line.Dequeue().IsInControlLine = false;
            }
            else if (_batch!.Count > 0)
            {
                Send(slot);
            }
            else
            {
                break;
            }
        }
    }

    private void Send(PortSlot slot)
    {
        PendingControl what = slot.NextPending;
        ReadOnlySpan<byte> message = Compose(slot, what);
        bool fits = TryWrite(message);
        if (fits && what != PendingControl.Remove)
        {
            slot.Port.Recorder?.FromDevice(message);
        }

        // A name that does not fit is given up. Without the others the driver would not know what there is: they wait for a buffer that holds them.
        if ((fits || message.Length > ControlMessage.SizeBytes) && slot.Told())
        {
            _unheard.Enqueue((slot, what, _returns.Used));
        }
    }

    /// <summary>The bytes of a message. The name goes without a final NUL (virtio 1.2, 5.3.6.2).</summary>
    private ReadOnlySpan<byte> Compose(PortSlot slot, PendingControl what)
    {
        Port port = slot.Port;
        (ControlEvent kind, ushort value) = what switch
        {
            PendingControl.Remove => (ControlEvent.PortRemove, (ushort)1),
            PendingControl.Add => (ControlEvent.PortAdd, (ushort)1),
            PendingControl.Console => (ControlEvent.ConsolePort, (ushort)1),
            PendingControl.Name => (ControlEvent.PortName, (ushort)1),
            PendingControl.Resize => (ControlEvent.Resize, (ushort)1),
            _ => (ControlEvent.PortOpen, (ushort)(slot.IsOpenTold ? 1 : 0)),
        };
        new ControlMessage((uint)slot.Id, kind, value).Write(_message);
        Span<byte> rest = _message.AsSpan(ControlMessage.SizeBytes);
        int length = kind switch
        {
            ControlEvent.PortName => System.Text.Encoding.ASCII.GetBytes(port.Name, rest),
            ControlEvent.Resize => ConsoleConfig.WriteSize(rest, port.Size ?? default, _resizeOrder),
            _ => 0,
        };
        return _message.AsSpan(0, ControlMessage.SizeBytes + length);
    }

    private bool TryWrite(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<IoVector> room = _batch!.SegmentsOf(0);
        bool fits = _batch[0].Bytes >= message.Length;

        // A cut name would be another name: a buffer too small for the message goes back empty.
        _batch[0].Written = fits ? (uint)Segments.CopyFrom(message, room) : 0;
        TooSmallBuffers += fits ? 0UL : 1;
        Sent += fits ? 1UL : 0;
        if (_returns.Used == 0)
        {
            _returns.Begin(areMore: _queue!.HasAvailable);
        }

        _returns.Use(0);
        _queue!.Complete(_batch, 1);
        return fits;
    }
}
