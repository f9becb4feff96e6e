using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Console.Tests.Driver;

/// <summary>Another's device, of one port: to the first that its driver says it answers with the port and these bytes for a name.</summary>
internal sealed class NamingDevice(byte[] name) : IVirtioDevice
{
    private readonly Dictionary<int, Virtqueue> _queues = [];
    private bool _hasAnswered;

    public uint DeviceId => 3;

    public ulong Features => VirtioFeatures.Version1 | ConsoleFeatures.Multiport;

    public int QueueCount => QueueMap.QueueCount(1);

    public int ConfigSize => ConsoleConfig.SizeBytes;

    public void Attached(IDeviceTransport? transport)
    {
    }

    public void ReadConfig(int offset, Span<byte> destination) => destination.Clear();

    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
    }

    public void FeaturesNegotiated(ulong features)
    {
    }

    public void QueueStarted(int index, Virtqueue queue, bool enabled) => _queues[index] = queue;

    public void QueueEnabled(int index, bool enabled)
    {
    }

    public void QueueKicked(int index)
    {
        var said = new ChainBatch(1, ChainDirection.Readable);
        if (index == QueueMap.ControlTransmit && _queues[index].Pop(said) > 0)
        {
            if (!_hasAnswered)
            {
                Answer(ControlEvent.PortAdd, []);
                Answer(ControlEvent.PortName, name);
            }

            _hasAnswered = true;
            _queues[index].Complete(said, 1);
            _queues[index].PublishAndNotify();
        }
    }

    public void QueueStopping(int index) => _queues.Remove(index);

    public void Reset()
    {
    }

    private void Answer(ControlEvent what, byte[] rest)
    {
        var buffer = new ChainBatch(1, ChainDirection.Writable);
        Virtqueue queue = _queues[QueueMap.ControlReceive];
        Assert.Equal(1, queue.Pop(buffer));
        Span<byte> bytes = buffer.Segments[0].Span;
        new ControlMessage(0, what, 1).Write(bytes);
        rest.CopyTo(bytes[ControlMessage.SizeBytes..]);
        buffer[0].Written = (uint)(ControlMessage.SizeBytes + rest.Length);
        queue.Complete(buffer, 1);
        queue.PublishAndNotify();
    }
}
