using FastRing.Console;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.EndToEnd.Migration;

/// <summary>A place where the guest may be: a device of its own behind a backend of its own.</summary>
internal sealed class Station : IDisposable
{
    public const string Talk = "org.example.talk";
    public const string InPlace = "org.example.inplace";
    public const int MaxPorts = 4;

    private readonly Worker _worker;
    private readonly VhostUserBackend _backend;

    public Station(Worker worker, Conversation conversation)
    {
        _worker = worker;
        Host = new ConversationEndpoint(conversation);
        Device = new ConsoleDevice(worker, new ConsoleOptions { MaxPorts = MaxPorts, Ports = [new PortOptions(Talk, Host), new PortOptions(InPlace, Pipe)] });
        Device.StartAsync().GetAwaiter().GetResult();
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        _backend = new VhostUserBackend(worker, Device, theirs, "station");
        _backend.Start();
        Frontend = new VhostUserFrontend(ours);
    }

    public ConsoleDevice Device { get; }

    public ConversationEndpoint Host { get; }

    public InPlacePipeEndpoint Pipe { get; } = new();

    public VhostUserFrontend Frontend { get; }

    public void OnWorker(Action action) => _worker.InvokeAsync(action).GetAwaiter().GetResult();

    public void Dispose()
    {
        Frontend.Dispose();
        _backend.Dispose();
        Device.Dispose();
    }
}
