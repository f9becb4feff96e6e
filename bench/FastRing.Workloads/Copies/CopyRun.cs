using System.Diagnostics;
using FastRing.Interop;

namespace FastRing.Workloads.Copies;

/// <summary>Copies through a ring and without one in turn. The device's thread does the copying, and is the one that is timed.</summary>
internal sealed class CopyRun : IDisposable
{
    private readonly RingPair _pair;
    private readonly CopyPlan _plan;
    private readonly CopyDevice _device;
    private readonly CopyPeer _peer;
    private readonly CopyDriver? _driver; // Null: it has a thread of its own.
    private readonly PinnedThread? _driverThread;

    public CopyRun(RingShape ring, CopyPlan plan, bool twoThreads)
    {
        _plan = plan;
        _pair = new RingPair(ring, plan.GuestBytes);
        _peer = new CopyPeer(_pair.Memory, plan);
        var driver = new CopyDriver(_pair.CreateDriver(), plan);
        if (twoThreads)
        {
            CpuAffinity.Set(1);
            _driverThread = new PinnedThread(cpu: 0, () => driver.Run);
        }
        else
        {
            _driver = driver;
        }

        _device = new CopyDevice(_pair.CreateDevice(), plan);
    }

    /// <summary>GB/s through the ring, and of the peer.</summary>
    public Measurement Measure(int runs, double warmSeconds)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < warmSeconds;)
        {
            Ring();
            Peer();
        }

        double[] values = new double[runs];
        double[] peers = new double[runs];
        double[] distances = _driver is null ? new double[runs] : [];
        for (int i = 0; i < runs; i++)
        {
            double before = _driver is null ? CoreDistance.Measure(0, 1) : 0;
            values[i] = Ring();
            peers[i] = Peer();
            if (_driver is null)
            {
                distances[i] = Math.Max(before, CoreDistance.Measure(0, 1));
            }
        }

        return new Measurement("GB/s", values) { Peers = peers, Distances = distances };
    }

    public void Dispose()
    {
        _driverThread?.Dispose();
        _pair.Dispose();
    }

    private double Ring()
    {
        int buffers = _plan.RunBuffers;
        _driverThread?.Begin(buffers);
        long start = Stopwatch.GetTimestamp();
        if (_driver is null)
        {
            _device.Run(buffers);
        }
        else
        {
            RunInTurn(_driver, buffers);
        }

        double rate = Rate(start);
        _driverThread?.End();
        return rate;
    }

    private void RunInTurn(CopyDriver driver, int buffers)
    {
        for (int left = buffers; left > 0; left -= _plan.Buffers)
        {
            driver.Offer(_plan.Buffers);
            _device.Run(_plan.Buffers);
            driver.Collect();
        }
    }

    private double Peer()
    {
        long start = Stopwatch.GetTimestamp();
        _peer.Run(_plan.RunBuffers);
        return Rate(start);
    }

    private double Rate(long start) => (double)_plan.RunBuffers * _plan.BufferBytes / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
}
