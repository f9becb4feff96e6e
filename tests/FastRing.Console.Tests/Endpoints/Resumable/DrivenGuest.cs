using System.Collections.Concurrent;
using FastRing.Console.Driver;

namespace FastRing.Console.Tests.Endpoints.Resumable;

/// <summary>A program in a guest, on a thread of its own: it sends what it is told to, and keeps what it reads.</summary>
internal sealed class DrivenGuest : IDisposable
{
    private static readonly DriverBuffers s_buffers = new(ReceiveCount: 16, ReceiveBytes: 512, TransmitCount: 16, TransmitBytes: 700);
    private readonly TestConsole _console;
    private readonly ConcurrentQueue<Action> _orders = new();
    private readonly List<byte> _received = [];
    private readonly Thread _thread;
    private readonly Random _random = new(1);
    private DriverPort _port;
    private ReadOnlyMemory<byte> _unsent;
    private volatile bool _reads = true;
    private volatile bool _stops;
    private Exception? _fault;

    public DrivenGuest(TestConsole console)
    {
        _console = console;
        _port = StartDriver();
        _thread = new Thread(Run) { Name = "guest" };
        _thread.Start();
    }

    /// <summary>Everything it has read.</summary>
    public byte[] Received => Ask(() => _received.ToArray());

    /// <summary>It has sent all it was told to, and has its buffers back or not.</summary>
    public bool HasSent => Ask(() => _unsent.IsEmpty);

    public bool IsHostOpen => Ask(() => _port.IsHostOpen);

    /// <summary>Sends what the host has open, as its buffers come back.</summary>
    public void Send(byte[] bytes) => Ask(() =>
    {
        _unsent = (byte[])[.. _unsent.Span, .. bytes];
        return 0;
    });

    public void Open() => Ask(() =>
    {
        _port.Open();
        return 0;
    });

    public void Close() => Ask(() =>
    {
        _port.Close();
        return 0;
    });

    /// <summary>Reads, or leaves what comes in its buffers.</summary>
    public void Reads(bool on) => _reads = on;

    /// <summary>Forgets what it has read.</summary>
    public void Forget() => Ask(() =>
    {
        _received.Clear();
        return 0;
    });

    /// <summary>The guest is reset, and its next driver has the port open.</summary>
    public void Reset() => Ask(() =>
    {
        _console.Transport.Reset();
        _unsent = default;
        _port = StartDriver();
        return 0;
    });

    public void Until(Func<DrivenGuest, bool> condition, string what) => Eventually.Is(
        () =>
        {
            Assert.Null(_fault);
            return condition(this);
        },
        what);

    public void Dispose()
    {
        _stops = true;
        _thread.Join();
        Assert.Null(_fault);
    }

    private DriverPort StartDriver()
    {
        DriverPort port = _console.StartDriver(s_buffers).FindPort("a")!;
        port.Open();
        return port;
    }

    private T Ask<T>(Func<T> what)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _orders.Enqueue(() =>
        {
            try
            {
                done.SetResult(what());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.WaitAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
    }

    private void Run()
    {
        try
        {
            while (!_stops)
            {
                Turn();
            }
        }
        catch (Exception e)
        {
            _fault = e;
        }
    }

    private void Turn()
    {
        Span<byte> bytes = stackalloc byte[1000];
        while (_orders.TryDequeue(out Action? order))
        {
            order();
        }

        _console.Driver.Poll();
        bool moved = false;
        for (int read = 1; _reads && (read = _port.TryRead(bytes)) > 0; moved = true)
        {
            _received.AddRange(bytes[..read]);
        }

        int some = Math.Min(_unsent.Length, _random.Next(1, 700));
        int sent = some > 0 ? _port.TryWrite(_unsent.Span[..some]) : 0;
        _unsent = _unsent[sent..];
        if (!moved && sent == 0)
        {
            _console.Driver.Wait(TimeSpan.FromMilliseconds(1));
        }
    }
}
