namespace FastRing.Tests.Torture;

/// <summary>
/// A driver and a device on two threads. Each goes to sleep just as the other publishes, over and over. When both sleep and neither
/// bell rang, whoever rings next never comes: a wake-up is lost. It is counted, both are woken, and the run goes on.
/// </summary>
internal sealed class TwoThreadRun(IDriverSide driver, IDeviceSide device, Waiting waiting, int inFlight)
{
    private readonly Bell _kick = new();
    private readonly Bell _call = new();
    private readonly Lock _rescue = new();
    private volatile bool _isDone;
    private Exception? _failure;
    private long _taken;

    /// <summary>Wake-ups lost.</summary>
    public long Lost { get; private set; }

    public long DeviceSleeps => _kick.Sleeps;

    public long DriverSleeps => _call.Sleeps;

    /// <summary>Sends messages until <paramref name="messages"/> came back, or until <paramref name="losses"/> wake-ups are lost.</summary>
    public void Go(long messages, long losses)
    {
        var thread = new Thread(() => Guarded(RunDevice)) { IsBackground = true };
        thread.Start();
        Guarded(() => RunDriver(messages, losses));
        _isDone = true;
        thread.Join();
        if (_failure is not null)
        {
            throw new InvalidOperationException($"after {_taken} messages: {_failure.Message}", _failure);
        }
    }

    private void RunDevice()
    {
        var random = new Random(1);
        device.Suppress();
        while (!_isDone)
        {
            long rings = _kick.Rings;
            if (waiting != Waiting.Poll)
            {
                device.Suppress();
            }

            while (ServeAll(random) > 0 && waiting == Waiting.Poll)
            {
            }

            if (!IsPolling(random, () => ServeAll(random) > 0) && !device.Enable())
            {
                Sleep(_kick, rings, _call);
            }
        }
    }

    private int ServeAll(Random random)
    {
        int served = 0;
        while (device.Serve() is > 0 and var count)
        {
            served += count;
            Pause(random);
        }

        if (device.Publish())
        {
            _call.Ring();
        }

        Pause(random);
        return served;
    }

    private void RunDriver(long messages, long losses)
    {
        var random = new Random(2);
        long added = 0;
        driver.Suppress();
        while (_taken < messages && Lost < losses && !_isDone)
        {
            // Mostly one or two at a time, the second while the device may be going to sleep over the first.
            int burst = random.Next(8) == 0 ? random.Next(1, inFlight) : random.Next(1, 3);
            for (; burst > 0 && added - _taken < inFlight; burst--, added++)
            {
                driver.Add();
                if (random.Next(4) != 0 || burst == 1)
                {
                    PublishAndKick(random);
                }
            }

            PublishAndKick(random);
            Await(random, added, left: random.Next(4) == 0 ? random.Next(inFlight) : 0);
        }

        Await(random, added, left: 0);
    }

    private void PublishAndKick(Random random)
    {
        if (driver.Publish())
        {
            _kick.Ring();
        }

        Pause(random);
    }

    private void Await(Random random, long added, long left)
    {
        while (added - _taken > left && !_isDone)
        {
            long rings = _call.Rings;
            if (waiting != Waiting.Poll)
            {
                driver.Suppress();
            }

            if (TakeAll() || IsPolling(random, TakeAll))
            {
                continue;
            }

            Pause(random);
            if (!driver.Enable())
            {
                Sleep(_call, rings, _kick);
            }
        }
    }

    private bool TakeAll()
    {
        int taken = driver.Take();
        _taken += taken;
        return taken > 0;
    }

    /// <summary>True when the side found work, or is not to sleep at all.</summary>
    private bool IsPolling(Random random, Func<bool> work)
    {
        int looks = waiting == Waiting.PollThenSleep ? random.Next(20) : 0;
        while (looks-- > 0)
        {
            if (work())
            {
                return true;
            }
        }

        if (waiting == Waiting.Poll && random.Next(256) == 0)
        {
            Thread.Yield();
        }

        return waiting == Waiting.Poll;
    }

    private void Sleep(Bell mine, long since, Bell others)
    {
        mine.FallAsleep(since);
        for (int i = 1; mine.IsSleeperAsleep && !_isDone; i++)
        {
            if (i % 256 == 0 && others.IsSleeperAsleep)
            {
                Rescue(mine, others);
            }

            if (i % 1024 == 0)
            {
                Thread.Yield();
            }
        }

        mine.WakeUp();
    }

    /// <summary>
    /// The other side sleeps, and only this one, which sleeps as well, could ring for it. Whatever it rang before it fell asleep is
    /// visible here now, so if this side's bell did not ring, it never will.
    /// </summary>
    private void Rescue(Bell mine, Bell others)
    {
        lock (_rescue)
        {
            if (others.IsSleeperAsleep && mine.IsSleeperAsleep)
            {
                Lost++;
                mine.Ring();
                others.Ring();
            }
        }
    }

    // From nothing to some times as long as a cache line takes between two processors, short ones more often.
    private static void Pause(Random random)
    {
        int steps = random.Next(16 << random.Next(6));
        for (int i = 0; i < steps; i++)
        {
            Volatile.Read(ref steps);
        }
    }

    private void Guarded(Action side)
    {
        try
        {
            side();
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            _isDone = true;
        }
    }
}
