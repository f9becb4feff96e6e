using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Ports;
using FastRing.Interop;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Fairness;

/// <summary>
/// Ports whose host side stopped reading while their guest side goes on writing: by turns a unix socket with a client that does not read, a pipe of private
/// memory that nobody reads, and one over guest memory of which nobody ever consumes anything.
/// </summary>
internal sealed class StalledPorts : IDisposable
{
    private const int Kinds = 3;
    private const int WriteBytes = 32 * 1024;
    private const int FullAfter = 20; // Tries in a row that nothing came of, a millisecond apart.

    private readonly byte[] _bytes = ByteLook.Message(WriteBytes);
    private readonly string[] _paths;
    private readonly List<OwnedFd> _clients = [];
    private readonly List<DriverPort> _ports = [];
    private DrivenConsole? _console;
    private int _next;

    public StalledPorts(int count)
    {
        _paths = [.. Enumerable.Range(0, count).Select(i => $"@fastring-workloads-{Environment.ProcessId}-{i}")];
        Options = [.. _paths.Select((path, i) => new PortOptions(Name(i), Endpoint(i, path)))];
    }

    /// <summary>The most bytes that a pipe of private memory holds.</summary>
    public static int BufferLimit => new PipeEndpointOptions().BufferLimit;

    /// <summary>What the device is to be made of.</summary>
    public IReadOnlyList<PortOptions> Options { get; }

    /// <summary>Opens them and writes until none takes any more.</summary>
    public void Fill(DrivenConsole console)
    {
        _console = console;
        for (int i = 0; i < _paths.Length; i++)
        {
            if (i % Kinds == 0)
            {
                _clients.Add(UnixSocket.Connect(_paths[i]));
            }

            _ports.Add(console.Open(Name(i)));
        }

        for (int idle = 0; idle < FullAfter; idle++)
        {
            Thread.Sleep(1);
            idle = _ports.Sum(p => p.TryWrite(_bytes)) > 0 ? 0 : idle;
        }
    }

    /// <summary>The guest tries to write on one of them, as it does again and again.</summary>
    public void WriteOne()
    {
        if (_ports.Count > 0)
        {
            _ports[_next++ % _ports.Count].TryWrite(_bytes);
        }
    }

    /// <summary>The most that the device has taken for any pipe that nobody reads.</summary>
    public ulong MostBytesHeld()
    {
        ulong most = 0;
        for (int i = 0; i < _ports.Count; i++)
        {
            Port port = _console!.Device.FindPort(Name(i))!;
            most = i % Kinds == 0 ? most : Math.Max(most, port.Counters.BytesToHost);
        }

        return most;
    }

    public void Dispose() => _clients.ForEach(c => c.Dispose());

    private static string Name(int index) => $"stalled.{index}";

    private static IHostEndpoint Endpoint(int index, string path) => (index % Kinds) switch
    {
        0 => new UnixListenEndpoint(path),
        1 => new PipeEndpoint(),
        _ => new InPlacePipeEndpoint(),
    };
}
