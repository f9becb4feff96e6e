using System.Diagnostics;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Workloads.Notify;

/// <summary>An echo driven in each way in turn, and the limits in between, round by round.</summary>
internal sealed class NotifyRun : IDisposable
{
    private const int LimitMessages = 4000;
    private const int TimerSlackNanoseconds = 1000; // Otherwise a pause of 20 us is one of 70.
    private static readonly TimeSpan s_warmRunTime = TimeSpan.FromMilliseconds(50);

    private readonly NotifyPlan _plan;
    private readonly EchoSession _session;
    private readonly PingPong _eventFds;
    private readonly PingPong _pipes;
    private readonly PingPong _unixSockets;
    private readonly RoundTripTimes _times = new();
    private readonly (NotifyMode Mode, IEchoLoop Loop)[] _loops;
    private readonly ThreadTime _driverTime = ThreadTime.OfCurrent();

    /// <summary>Makes the calling thread the driver's.</summary>
    public NotifyRun(NotifyPlan plan)
    {
        _plan = plan;
        _session = new EchoSession(plan);
        _eventFds = PingPong.OfEventFds(plan.DeviceCpu);
        _pipes = PingPong.OfPipes(plan.DeviceCpu);
        _unixSockets = PingPong.OfUnixSockets(plan.DeviceCpu);
        _loops = [.. plan.Modes.Select(mode => (mode, Loop(mode)))];
        CpuAffinity.Set(plan.DriverCpu);
        TimerSlack.Set(TimerSlackNanoseconds);
    }

    /// <summary>Warms up, then counts.</summary>
    public NotifyMeasurement Measure()
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < _plan.WarmTime;)
        {
            Round(s_warmRunTime, LimitMessages / 10);
        }

        return new NotifyMeasurement([.. Enumerable.Range(0, _plan.Runs).Select(_ => Round(_plan.RunTime, LimitMessages))]);
    }

    public void Dispose()
    {
        _session.Dispose();
        _eventFds.Dispose();
        _pipes.Dispose();
        _unixSockets.Dispose();
    }

    /// <summary>The device's thread must not poll while others need its processor.</summary>
    private NotifyRound Round(TimeSpan time, int limitMessages)
    {
        _session.Wait(WaitStrategy.Sleep);
        double before = Distance();
        double eventFds = _eventFds.Measure(limitMessages, _times);
        double pipes = _pipes.Measure(limitMessages, _times);
        double unixSockets = _unixSockets.Measure(limitMessages, _times);
        _session.Wait(_plan.Wait);
        NotifyFigures[] figures = [.. _loops.Select(l => Drive(l.Mode, l.Loop, time))];
        _session.Wait(WaitStrategy.Sleep);
        return new NotifyRound(Math.Max(before, Distance()), eventFds, pipes, unixSockets, figures);
    }

    private NotifyFigures Drive(NotifyMode mode, IEchoLoop loop, TimeSpan time)
    {
        _times.Clear();
        double notifications = _session.Counters.Notifications;
        double kicks = _session.Driver.Kicks;
        double driver = _driverTime.Nanoseconds();
        double device = _session.DeviceTime.Nanoseconds();
        long start = Stopwatch.GetTimestamp();
        double buffers = loop.Run(_session.Driver, time, _times);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return new NotifyFigures(
            mode,
            Math.Round(buffers / elapsed.TotalSeconds),
            _times.Percentile(50),
            _times.Percentile(99),
            Rounded((_session.Counters.Notifications - notifications) * 1000 / buffers),
            Rounded((_session.Driver.Kicks - kicks) * 1000 / buffers),
            Rounded((_session.DeviceTime.Nanoseconds() - device) * 100 / elapsed.TotalNanoseconds),
            Rounded((_driverTime.Nanoseconds() - driver) * 100 / elapsed.TotalNanoseconds))
        {
            Curve = _times.Curve(),
        };
    }

    private IEchoLoop Loop(NotifyMode mode) => mode switch
    {
        NotifyMode.RoundTrip => new RoundTripLoop(),
        NotifyMode.Paced => new PacedLoop(_plan.Load),
        _ => new ThroughputLoop(),
    };

    private double Distance() => CoreDistance.Measure(_plan.DriverCpu, _plan.DeviceCpu);

    private static double Rounded(double value) => Math.Round(value, 2);
}
