using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Workloads.Ports;

/// <summary>A bare ring between two threads that both poll, with nothing above it: the bound of what a port can do.</summary>
internal sealed class RingTransfer : ITransfer
{
    private const int Pop = 16;

    private readonly byte[] _source;
    private readonly RingPair _pair;
    private readonly DriverVirtqueue _driver;
    private readonly PinnedThread _reader;
    private readonly Stack<int> _free = new();
    private readonly int _buffers;

    /// <param name="source">What the caller's thread writes at once, again and again.</param>
    /// <param name="bytesUnderWay">Bytes of all buffers.</param>
    public RingTransfer(byte[] source, int bytesUnderWay)
    {
        _source = source;
        _buffers = bytesUnderWay / source.Length;
        _pair = new RingPair(new RingShape(256, DrivenConsole.RingFeatures), (ulong)bytesUnderWay);
        _driver = _pair.CreateDriver();
        _reader = new PinnedThread(Processors.Device, () =>
        {
            Virtqueue device = _pair.CreateDevice();
            var batch = new ChainBatch(Pop, ChainDirection.Readable);
            return writes => Read(device, batch, writes);
        });
        for (int i = 0; i < _buffers; i++)
        {
            _free.Push(i);
        }
    }

    public void Run(int writes)
    {
        _reader.Begin(writes);
        for (int i = 0; i < writes; i++)
        {
            Write();
        }

        while (_free.Count < _buffers)
        {
            Reclaim();
        }

        _reader.End();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _pair.Dispose();
    }

    private static void Read(Virtqueue device, ChainBatch batch, int writes)
    {
        for (int left = writes; left > 0;)
        {
            int count = device.Pop(batch);
            if (count == 0)
            {
                SpinHint.Pause();
                continue;
            }

            foreach (IoVector segment in batch.Segments)
            {
                ByteLook.At(segment.Span);
            }

            device.Complete(batch, count);
            device.PublishQuietly();
            left -= count;
        }
    }

    private void Write()
    {
        int slot;
        while (!_free.TryPop(out slot))
        {
            Reclaim();
        }

        var buffer = new DriverBuffer(new GuestAddress((ulong)slot * (ulong)_source.Length), (uint)_source.Length);
        _source.CopyTo(_pair.Memory.Window(buffer.Address, buffer.Length).Span);
        if (!_driver.TryAdd(buffer, writable: false, (ulong)slot))
        {
            throw new InvalidOperationException("no room on the ring");
        }

        _driver.PublishQuietly();
    }

    private void Reclaim()
    {
        while (_driver.TryTakeUsed(out UsedBuffer used))
        {
            _free.Push((int)used.Token);
        }

        if (_free.Count == 0)
        {
            SpinHint.Pause();
        }
    }
}
