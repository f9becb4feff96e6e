using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Control;

/// <summary>Device to driver: writes what ports have pending into the driver's control buffers, as many as there are.</summary>
internal sealed class ControlReceiveQueue
{
    private readonly ChainBatch _batch = new(1, ChainDirection.Writable);
    private readonly Queue<Port> _line = new();
    private readonly byte[] _message = new byte[ControlMessage.SizeBytes + PortName.MaxLength];
    private Virtqueue? _queue;

    /// <summary>Messages sent.</summary>
    public ulong Sent { get; private set; }

    /// <summary>Messages that did not fit the buffer the driver had for them.</summary>
    public ulong TooSmallBuffers { get; private set; }

    public bool IsEnabled { get; set; }

    public Virtqueue? Queue => _queue;

    public void Start(Virtqueue queue, bool enabled)
    {
        _queue = queue;
        IsEnabled = enabled;
    }

    public void Stop()
    {
        _batch.Clear();
        _queue = null;
    }

    /// <summary>Puts a port with something pending in line; once, however often it is called.</summary>
    public void Enqueue(Port port)
    {
        if (!port.IsInControlLine)
        {
            port.IsInControlLine = true;
            _line.Enqueue(port);
        }
    }

    /// <summary>Writes messages until nothing is pending or the driver has no buffer left.</summary>
    public void Run()
    {
        if (_queue is null || !IsEnabled)
        {
            return;
        }

        while (_line.TryPeek(out Port? port))
        {
            if (port.Pending == PendingControl.None)
            {
                _line.Dequeue().IsInControlLine = false;
            }
            else if (FetchBuffer())
            {
                Send(Compose(port, port.TakePending()));
            }
            else
            {
                break;
            }
        }

        _queue.PublishAndNotify();
    }

    private bool FetchBuffer()
    {
        if (_batch.Count > 0 || _queue!.Pop(_batch) > 0)
        {
            return true;
        }

        _queue.PublishAndNotify();
        return _queue.EnableNotifications() && _queue.Pop(_batch) > 0;
    }

    /// <summary>The bytes of a message. The name goes without a final NUL (virtio 1.2, 5.3.6.2).</summary>
    private ReadOnlySpan<byte> Compose(Port port, PendingControl what)
    {
        (ControlEvent kind, ushort value) = what switch
        {
            PendingControl.Add => (ControlEvent.PortAdd, (ushort)1),
            PendingControl.Console => (ControlEvent.ConsolePort, (ushort)1),
            PendingControl.Name => (ControlEvent.PortName, (ushort)1),
            _ => (ControlEvent.PortOpen, (ushort)(port.IsHostOpen ? 1 : 0)),
        };
        new ControlMessage((uint)port.Id, kind, value).Write(_message);
        int name = kind == ControlEvent.PortName
            ? System.Text.Encoding.ASCII.GetBytes(port.Name, _message.AsSpan(ControlMessage.SizeBytes))
            : 0;
        return _message.AsSpan(0, ControlMessage.SizeBytes + name);
    }

    private void Send(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<IoVector> room = _batch.SegmentsOf(0);
        bool fits = _batch[0].Bytes >= message.Length;

        // A cut name would be another name: a buffer too small for the message goes back empty.
        _batch[0].Written = fits ? (uint)Segments.CopyFrom(message, room) : 0;
        TooSmallBuffers += fits ? 0UL : 1;
        Sent += fits ? 1UL : 0;
        _queue!.Complete(_batch, 1);
    }
}
