using FastRing.Interop;
using FastRing.VhostUser.Frontend;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>A relay, and backends behind it of which each takes the place of the one before, which does nothing any more, like a process that was killed.</summary>
internal sealed class BackendPair : IDisposable
{
    private static int _number;

    private readonly ulong? _features;
    private readonly List<BackendFixture> _fixtures = [];
    private readonly ManualResetEventSlim _end = new();
    private readonly string _path = $"@fastring-pair-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}";
    private bool _isStalled;

    /// <param name="features">What the devices offer; null: the usual.</param>
    public BackendPair(ulong? features = null)
    {
        _features = features;
        Relay = new RelayListener(_path, Add(), TimeSpan.FromSeconds(10));
    }

    public RelayListener Relay { get; }

    /// <summary>The backend there is now.</summary>
    public BackendFixture Current => _fixtures[^1];

    public VhostUserFrontend Connect() => VhostUserFrontend.Connect(_path);

    public RawFrontend ConnectRaw() => new(UnixSocket.Connect(_path));

    /// <summary>From now on the backend does nothing: not even its connection is closed.</summary>
    public void Stall()
    {
        using var stalled = new ManualResetEventSlim();
        Current.Worker.Post(() =>
        {
            stalled.Set();
            _end.Wait();
        });
        stalled.Wait();
        _isStalled = true;
    }

    /// <summary>Another takes its place.</summary>
    public void Replace()
    {
        if (!_isStalled)
        {
            Stall();
        }

        _isStalled = false;
        Relay.Backend = Add();
        Relay.Resume();
    }

    public void Dispose()
    {
        Relay.Dispose();
        _end.Set();
        _fixtures.ForEach(f => f.Dispose());
        _end.Dispose();
    }

    private string Add()
    {
        var fixture = new BackendFixture(device: _features is { } features ? new EchoDevice { Features = features } : null);
        _fixtures.Add(fixture);
        return fixture.Path;
    }
}
