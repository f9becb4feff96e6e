using FastRing.Console;
using FastRing.Console.Tests.Recovery;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.EndToEnd.Recovery;

/// <summary>A process with a console behind vhost-user, until it stands still.</summary>
internal sealed class ConsoleLife : IDisposable
{
    public const int MaxPorts = 4;

    private readonly ManualResetEventSlim _gate;
    private readonly Worker _worker = new("life", static _ => { });
    private VhostUserBackend? _backend;

    /// <param name="client">Who is at the host's end, whatever process is there.</param>
    /// <param name="gate">Opens when all is over.</param>
    public ConsoleLife(ResumableClient client, ManualResetEventSlim gate)
    {
        _gate = gate;
        Device = new ConsoleDevice(_worker, new ConsoleOptions { MaxPorts = MaxPorts, Ports = [new PortOptions("session", new ResumableEndpoint(client))] });
        Device.StartAsync().GetAwaiter().GetResult();
    }

    public ConsoleDevice Device { get; }

    public VhostUserFrontend Connect()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        _backend = new VhostUserBackend(_worker, Device, theirs, "life");
        _backend.Start();
        return new VhostUserFrontend(ours);
    }

    /// <summary>Does nothing any more, wherever it is.</summary>
    public void StandStill()
    {
        using var stands = new ManualResetEventSlim();
        _worker.Post(() =>
        {
            stands.Set();
            _gate.Wait();
        });
        stands.Wait();
    }

    public void Dispose()
    {
        _backend?.Dispose();
        Device.Dispose();
        _worker.Dispose();
    }
}
