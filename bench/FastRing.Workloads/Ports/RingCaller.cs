using System.Diagnostics;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workloads.Notify;
using FastRing.Workloads.Rings;

namespace FastRing.Workloads.Ports;

/// <summary>The same message over a bare ring, with nothing above it: what <c>workloads ring --outstanding 1</c> does. Both sides poll.</summary>
internal sealed class RingCaller : IDisposable
{
    private const uint MessageBytes = 64;
    private const int Pop = 16;

    private readonly RingPair _pair;
    private readonly DriverVirtqueue _driver;
    private readonly PinnedThread _device;

    public RingCaller(RingShape ring)
    {
        _pair = new RingPair(ring, bufferBytes: 4096);
        _driver = _pair.CreateDriver();
        _device = new PinnedThread(
            Processors.Device,
            () => new DeviceLoop<Pause, BatchPopped>(_pair.CreateDevice(), default, new BatchPopped(Pop, ChainDirection.Writable)).RunExact);
    }

    public void Run(int messages, RoundTripTimes times)
    {
        var buffer = new DriverBuffer(new GuestAddress(0), MessageBytes);
        _device.Begin(messages);
        long last = Stopwatch.GetTimestamp();
        for (int i = 0; i < messages; i++)
        {
            _driver.TryAdd(buffer, writable: true, (ulong)i);
            _driver.PublishQuietly();
            while (!_driver.TryTakeUsed(out _))
            {
                SpinHint.Pause();
            }

            long now = Stopwatch.GetTimestamp();
            times.Add(now - last);
            last = now;
        }

        _device.End();
    }

    public void Dispose()
    {
        _device.Dispose();
        _pair.Dispose();
    }
}
