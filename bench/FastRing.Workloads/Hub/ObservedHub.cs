using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints.Hubs;
using FastRing.Interop;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Hub;

/// <summary>A device with one port, whose host's end is a hub with so many clients, all of which read.</summary>
internal sealed class ObservedHub : IDisposable
{
    /// <summary>Bytes of a buffer of the guest.</summary>
    public const int MessageBytes = 16 * 1024;

    private const int Buffers = 64;

    // On a busy machine readers that share one processor may have to wait for it longer than the usual second.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly DrivenConsole _console;
    private readonly GuestWriter _writer;
    private readonly SocketReaders _readers;

    public ObservedHub(int observers)
    {
        string path = $"@fastring-workloads-hub-{Environment.ProcessId}";
        Hub = new HubEndpoint(path, new HubOptions { Scrollback = 0, Observers = observers, Patience = s_patience });
        _console = new DrivenConsole([new PortOptions("hub", Hub)], new DriverBuffers(ReceiveCount: 0, TransmitCount: 0), (Buffers * MessageBytes) + (4 << 20));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var sockets = new OwnedFd[observers];
        for (int i = 0; i < observers; i++)
        {
            sockets[i] = UnixSocket.Connect(path);
        }

        while (Hub.Counters.Clients < observers)
        {
            Thread.Sleep(1);
        }

        BytesEach = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / observers;
        _readers = new SocketReaders(sockets, MessageBytes);
        _writer = new GuestWriter(_console, _console.Open("hub"), ByteLook.Message(MessageBytes), Buffers, fills: false);
        CpuAffinity.Set(Processors.Driver);
    }

    public HubEndpoint Hub { get; }

    /// <summary>Managed memory that came with each client, its own end of the socket included.</summary>
    public double BytesEach { get; }

    /// <summary>Bytes that did not reach clients they were for.</summary>
    public long Lost => _readers.Lost;

    /// <summary>The guest writes, and every client reads all of it.</summary>
    public void Run(int messages)
    {
        _readers.Begin(messages);
        _writer.Run(messages);
        _readers.End();
    }

    public void Dispose()
    {
        _readers.Dispose();
        _console.Dispose();
    }
}
