using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Tests.Recovery;

/// <summary>
/// A driver whose device's process is killed, and which notices nothing: its memory, and the area, are all that the next one has. A process is a worker that is held for ever before
/// the store it was not to do.
/// </summary>
internal sealed class KilledConsole : IDriverTransport, IDisposable
{
    private const ulong MemoryBytes = 16 << 20;
    private const int IndirectEntries = 16;

    private readonly Func<ConsoleOptions> _options;
    private readonly List<DeviceLife> _lives = [];
    private readonly OwnedFd _file = MemFd.Create("killed-console", MemoryBytes);
    private readonly OwnedFd _area;
    private readonly SortedDictionary<int, KilledQueue> _queues = [];
    private ulong _next = 4096;

    public KilledConsole(Func<ConsoleOptions> options, ulong features, byte[]? loaded = null)
    {
        _options = options;
        Memory = new GuestMemory(GuestRegion.Map(_file, 0, MemoryBytes, default, default));
        var first = new DeviceLife(options());
        Features = first.Device.Features & features;
        _area = MemFd.Create("killed-area", (ulong)DeviceLife.AreaBytes(first.Device));
        _lives.Add(first);
        if (loaded is not null)
        {
            first.OnWorker(() => Assert.Null(first.Device.LoadState(loaded)));
        }

        Assert.Null(first.Begin(Features, _area, isNew: true));
    }

    public GuestMemory Memory { get; }

    public ulong Features { get; }

    /// <summary>The process that runs, or was killed last.</summary>
    public DeviceLife Life => _lives[^1];

    public int Lives => _lives.Count;

    public ConsoleDevice Device => Life.Device;

    public IEnumerable<int> Queues => _queues.Keys;

    public GuestAddress Allocate(ulong bytes)
    {
        ulong start = (_next + 127) & ~127UL;
        _next = start + bytes;
        return _next <= MemoryBytes ? new(start) : throw new InvalidOperationException("out of guest memory");
    }

    public DriverQueue StartQueue(int index, ushort size)
    {
        GuestAddress start = Allocate(DriverVirtqueue.BytesFor(size, Features, IndirectEntries));
        DriverVirtqueue ring = DriverVirtqueue.Create(Memory, start, size, Features, IndirectEntries);
        var queue = new KilledQueue(index, ring, RingLayout.At(start, size, Features));
        _queues.Add(index, queue);
        Life.OnWorker(() => Life.Start(queue, Memory, Features, isFirst: true));
        return queue.Driver;
    }

    /// <summary>Runs a driver on a thread of its own, and a new process whenever one was killed.</summary>
    /// <param name="driver">What the driver does.</param>
    /// <param name="kills">The store before which each process is killed, counted from now or from its start; those there are no more of live.</param>
    public void Run(Action driver, params int[] kills)
    {
        Life.Arm(kills.FirstOrDefault(int.MaxValue));
        Task run = Task.Factory.StartNew(driver, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (Task.WaitAny([run, Life.Killed], TimeSpan.FromSeconds(60)) == 1)
        {
            Recover(NextOf(kills));
        }

        // What the driver did last may be what kills it: from here on nothing does.
        while (run.IsCompleted && Task.WaitAny(Life.Worker.InvokeAsync(Life.Disarm), Life.Killed) == 1)
        {
            Recover(NextOf(kills));
        }

        Assert.True(run.IsCompleted, $"the driver waits for ever, life {_lives.Count}");
        try
        {
            run.GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"killed before stores {string.Join(", ", kills)}, life {_lives.Count} has done {Life.Stores}: {string.Join("; ", Life.Logger.Lines)}", e);
        }
    }

    /// <summary>A new process with what the killed one left.</summary>
    /// <param name="kill">The store it does not come to.</param>
    /// <returns>Why it was refused, if it was.</returns>
    public string? Recover(int kill = int.MaxValue)
    {
        if (_lives.Count > 0)
        {
            Life.Kill();
        }

        var life = new DeviceLife(_options());
        _lives.Add(life);
        life.Arm(kill);
        string? why = null;
        Task begun = life.Worker.InvokeAsync(() =>
        {
            why = life.Begin(Features, _area, isNew: false);
            foreach (KilledQueue queue in _queues.Values)
            {
                life.Start(queue, Memory, Features, isFirst: false);
            }
        });
        if (Task.WaitAny([begun, life.Killed], TimeSpan.FromSeconds(30)) == 0)
        {
            begun.GetAwaiter().GetResult();
        }

        return why;
    }

    /// <summary>Ends the process that runs: it is as if it had not been, but for what it wrote.</summary>
    public void Forget()
    {
        DeviceLife life = Life;
        life.OnWorker(() => life.End([.. _queues.Values]));
        _lives.Remove(life);
        life.Dispose();
    }

    /// <summary>The frontend goes and comes back, with its area, to the same process.</summary>
    public void ComeBack()
    {
        Life.OnWorker(() =>
        {
            Life.End([.. _queues.Values]);
            Assert.Null(Life.Begin(Features, _area, isNew: false));
            foreach (KilledQueue queue in _queues.Values)
            {
                Life.Start(queue, Memory, Features, isFirst: false);
            }
        });
    }

    /// <summary>What is in the area.</summary>
    public byte[] Area
    {
        get
        {
            byte[] bytes = [];
            WithArea(area => area.Read(0, bytes = new byte[area.Length]));
            return bytes;
        }
    }

    /// <summary>Does something to the area by a mapping of one's own, as who holds it can.</summary>
    public void WithArea(Action<RecoveryArea> action)
    {
        int bytes = DeviceLife.AreaBytes(Device);
        using MappedRegion mapping = MappedRegion.Map(_area, 0, (ulong)bytes);
        action(new RecoveryArea(mapping, 0, bytes));
    }

    public byte[] Snapshot() => [.. Memory.Window(new(0), MemoryBytes).Span];

    public void Restore(byte[] snapshot) => snapshot.CopyTo(Memory.Window(new(0), MemoryBytes).Span);

    public void Dispose()
    {
        _lives.ForEach(life => life.Dispose());
        foreach (KilledQueue queue in _queues.Values)
        {
            queue.Dispose();
        }

        Memory.Dispose();
        _file.Dispose();
        _area.Dispose();
    }

    private int NextOf(int[] kills) => kills.ElementAtOrDefault(_lives.Count) is var kill and > 0 ? kill : int.MaxValue;
}
