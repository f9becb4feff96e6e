using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>A <see cref="DrainDevice"/> behind a socket, and a driver that polls and makes no system call while it need not kick.</summary>
internal sealed class DrainFixture : IDisposable
{
    private const int SpinsBeforeYield = 1000;
    private const int SpinsBeforeLost = 50_000_000;
    private static int _number;
    private readonly VhostUserBackend _backend;
    private readonly FrontendQueue _queue;
    private readonly DriverBuffer _buffer;
    private readonly List<Exception> _faults = [];

    public DrainFixture(WaitStrategy strategy, ulong features, ushort size = 4096)
    {
        string path = $"@fastring-drain-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}";
        Worker = new Worker("drain", _faults.Add) { WaitStrategy = strategy };
        _backend = new VhostUserBackend(Worker, Device, UnixSocket.Listen(path), "drain");
        _backend.Start();
        Session = new FrontendSession(VhostUserFrontend.Connect(path), 1 << 20, features);
        Assert.Equal(features, Session.Features);
        _queue = Session.StartQueue(0, size);
        _queue.Ring.SuppressNotifications();
        _buffer = new DriverBuffer(Session.Memory.Allocate(64), 64);
    }

    public Worker Worker { get; }

    public DrainDevice Device { get; } = new();

    public FrontendSession Session { get; }

    /// <summary>Kicks the device asked for.</summary>
    public long Kicks { get; private set; }

    /// <summary>Sends <paramref name="count"/> buffers and waits until all are back.</summary>
    public void Send(int count)
    {
        int sent = 0;
        int back = 0;
        for (int idle = 0; back < count; idle++)
        {
            while (sent < count && _queue.Ring.TryAdd(_buffer, writable: false, token: 0))
            {
                sent++;
            }

            if (_queue.Ring.Publish())
            {
                _queue.Kick.Signal();
                Kicks++;
            }

            _queue.Ring.SuppressNotifications();
            while (_queue.Ring.TryTakeUsed(out UsedBuffer _))
            {
                back++;
                idle = 0;
            }

            if (idle > SpinsBeforeYield)
            {
                Thread.Yield(); // The worker may have no processor.
            }

            Assert.True(idle < SpinsBeforeLost, "a buffer was lost");
        }
    }

    public void Dispose()
    {
        Session.Dispose();
        _backend.Dispose();
        Worker.Dispose();
        Assert.Empty(_faults);
    }
}
