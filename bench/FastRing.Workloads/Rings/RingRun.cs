using System.Diagnostics;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads.Rings;

/// <summary>Two pinned threads over one ring, run by run.</summary>
internal sealed class RingRun<TWait> : IDisposable
    where TWait : struct, IWait
{
    private const int WarmMessages = 100_000;

    private readonly RingPlan _plan;
    private readonly Action<int> _driver;
    private readonly PinnedThread _device;
    private int _collections;

    public RingRun(RingPair pair, TWait wait, RingPlan plan)
    {
        _plan = plan;
        CpuAffinity.Set(plan.DriverCpu);
        var driver = new DriverLoop<TWait>(pair.CreateDriver(), wait, plan.Outstanding);
        _driver = Marked(plan.IsBatched ? driver.RunBatched : driver.RunExact);
        _device = new PinnedThread(plan.DeviceCpu, () =>
        {
            IDeviceLoop loop = plan.InArrays
                ? new DeviceLoop<TWait, ArrayPopped>(pair.CreateDevice(), wait, new ArrayPopped(plan.Pop, plan.Pop, ChainDirection.Writable))
                : new DeviceLoop<TWait, BatchPopped>(pair.CreateDevice(), wait, new BatchPopped(plan.Pop, ChainDirection.Writable));
            return Marked(plan.IsBatched ? loop.RunBatched : loop.RunExact);
        });
    }

    /// <summary>Warms up, then runs as often as planned: nanoseconds per message.</summary>
    public Measurement Measure()
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < _plan.WarmSeconds;)
        {
            Run(Math.Min(_plan.Messages, WarmMessages), out _);
        }

        double[] values = new double[_plan.Runs];
        double[] distances = new double[_plan.Runs];
        long allocated = 0;
        _collections = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double before = CoreDistance.Measure(_plan.DriverCpu, _plan.DeviceCpu);
            values[i] = Run(_plan.Messages, out long bytes);
            distances[i] = Math.Max(before, CoreDistance.Measure(_plan.DriverCpu, _plan.DeviceCpu));
            allocated += bytes;
        }

        return new Measurement("ns/message", values)
        {
            Distances = distances,
            AllocatedBytes = allocated,
            Collections = _collections,
            Messages = (long)_plan.Runs * _plan.Messages,
        };
    }

    public void Dispose() => _device.Dispose();

    private Action<int> Marked(Action<int> loop) => _plan.IsMarked ? TraceMarks.Around(loop) : loop;

    private double Run(int messages, out long allocatedBytes)
    {
        int collected = GC.CollectionCount(0); // The younger generations are collected with the older ones.
        _device.Begin(messages);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        _driver(messages);
        double ns = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        _device.End();
        _collections += GC.CollectionCount(0) - collected;
        allocatedBytes += _device.AllocatedBytes;
        return ns / messages;
    }
}
