using FastRing.Agent;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Host.Serving;

/// <summary>
/// The host's end of a guest agent's port: a channel that the management API's callers share, and, where there is a path, other programs that speak the agent's protocol
/// as well.
/// </summary>
internal sealed class AgentEndpoint : IHostEndpoint
{
    private readonly PipeEndpoint _pipe = new();
    private readonly AgentDoor? _door;

    /// <summary>Binds the socket for other programs.</summary>
    /// <param name="path">Where they connect to; null: nowhere.</param>
    /// <param name="allowed">Who may; null: whoever the socket's mode lets in.</param>
    /// <param name="mode">The socket's mode; null: 0600.</param>
    /// <exception cref="LinuxException">The path can't be had.</exception>
    public AgentEndpoint(string? path, PeerAllowList? allowed, int? mode)
    {
        _door = path is null ? null : new AgentDoor(path, allowed, mode);
        Channel = new AgentChannel(_pipe);
    }

    /// <summary>The way to the agent. Any thread.</summary>
    public AgentChannel Channel { get; }

    /// <inheritdoc/>
    public string? Address => _door?.Path;

    /// <inheritdoc/>
    public bool IsOpen => _pipe.IsOpen;

    /// <inheritdoc/>
    public bool TakesOutput => _pipe.TakesOutput;

    /// <inheritdoc/>
    public bool MayHaveInput => _pipe.MayHaveInput;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _pipe.Start(worker, observer);
        _door?.Open(Channel, worker, observer);
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _pipe.Write(segments);

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _pipe.Read(segments);

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open) => _pipe.GuestOpenChanged(open);

    /// <summary>Sends the other programs away.</summary>
    public void Disconnect() => _door?.SendAway();

    /// <inheritdoc/>
    public void Dispose()
    {
        _door?.Dispose();
        _pipe.Dispose();
        _ = Task.Run(async () => await Channel.DisposeAsync()); // It waits for callers to notice; the worker does not.
    }
}
