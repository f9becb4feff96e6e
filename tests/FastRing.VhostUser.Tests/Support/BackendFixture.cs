using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>An echo device on a worker of its own behind a listening socket.</summary>
internal sealed class BackendFixture : IDisposable
{
    private static readonly AsyncLocal<bool> s_isRelayed = new();
    private static int _number;

    private readonly RelayListener? _relay;

    public BackendFixture(Func<BackendFixture, VhostUserBackend>? make = null, EchoDevice? device = null, Worker? worker = null)
    {
        Device = device ?? new EchoDevice();
        OwnsWorker = worker is null;
        Worker = worker ?? new Worker("test", Faults.Add);
        Socket = UnixSocket.Listen(IsRelayed ? Path + "-backend" : Path, backlog: 64);
        Backend = make is null ? new VhostUserBackend(Worker, Device, Socket, "test") : make(this);
        Backend.Start();
        _relay = IsRelayed ? new RelayListener(Path, Path + "-backend", Backend.MessageDeadline) : null;
    }

    /// <summary>Fixtures made from here on have a relay before their backend.</summary>
    public static bool IsRelayed
    {
        get => s_isRelayed.Value;
        set => s_isRelayed.Value = value;
    }

    public string Path { get; } = $"@fastring-test-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}";

    public List<Exception> Faults { get; } = [];

    public EchoDevice Device { get; }

    public Worker Worker { get; }

    public OwnedFd Socket { get; }

    /// <summary>What stands before the backend; null: nothing.</summary>
    public RelayListener? Relay => _relay;

    public VhostUserBackend Backend { get; }

    public BackendCounters Counters => Backend.Counters;

    private bool OwnsWorker { get; }

    public VhostUserFrontend Connect() => VhostUserFrontend.Connect(Path);

    public RawFrontend ConnectRaw() => new(UnixSocket.Connect(Path));

    public FrontendSession OpenSession(ulong features = ulong.MaxValue, ulong memoryBytes = 1 << 20) =>
        new(Connect(), memoryBytes, features);

    /// <summary>Returns when the worker has dealt with everything that was ready before.</summary>
    public void Settle()
    {
        for (int i = 0; i < 3; i++)
        {
            _relay?.Run(() => { });
            Worker.InvokeAsync(() => { }).Wait();
        }
    }

    public void Run(Action action) => Worker.InvokeAsync(action).Wait();

    public void Dispose()
    {
        _relay?.Dispose();
        Backend.Dispose();
        if (OwnsWorker)
        {
            Worker.Dispose();
        }

        Assert.Empty(Faults);
    }
}
