using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>
/// A driver without a guest: negotiates with a backend, shares memory with it and starts queues. For tests, benches and VMMs
/// that bring their own driver.
/// </summary>
/// <example>
/// <code>
/// using var session = new FrontendSession(VhostUserFrontend.Connect(path), memoryBytes: 16 &lt;&lt; 20, VirtioFeatures.Version1);
/// FrontendQueue queue = session.StartQueue(0, 256);
/// GuestAddress buffer = session.Memory.Allocate(4096);
/// queue.Ring.TryAdd([], [new DriverBuffer(buffer, 4096)], token: 1);
/// queue.PublishAndKick();
/// </code>
/// </example>
public sealed partial class FrontendSession : IDriverTransport, IDisposable
{
    private readonly List<FrontendQueue> _queues = [];

    /// <summary>Negotiates and shares fresh memory.</summary>
    /// <param name="frontend">A fresh connection; becomes the session's.</param>
    /// <param name="memoryBytes">Size of the driver's memory in bytes, from guest physical address 0.</param>
    /// <param name="features">Feature bits wanted; those that are not offered are left out.</param>
    /// <param name="protocolFeatures">Protocol features wanted; likewise. All but in-band notifications unless given.</param>
    /// <param name="memory">What the memory is made of; null: <see cref="DriverMemoryOptions.Default"/>.</param>
    /// <exception cref="VhostUserException">The backend refused something or went away.</exception>
    /// <exception cref="IOException">There is not that much memory.</exception>
    public FrontendSession(
        VhostUserFrontend frontend,
        ulong memoryBytes,
        ulong features,
        ProtocolFeatures protocolFeatures = ~ProtocolFeatures.InbandNotifications,
        DriverMemoryOptions? memory = null)
    {
        ArgumentNullException.ThrowIfNull(frontend);
        Frontend = frontend;
        Memory = new DriverMemory(memoryBytes, options: memory);
        try
        {
            frontend.SetOwner();
            ulong offered = frontend.GetFeatures();
            if ((offered & VhostUserFeatures.ProtocolFeatures) != 0)
            {
                frontend.SetProtocolFeatures(frontend.GetProtocolFeatures() & protocolFeatures);
            }

            RingsBeginDisabled = (offered & VhostUserFeatures.ProtocolFeatures) != 0;
            Features = offered & features & ~(VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll);
            frontend.SetFeatures(Features | (offered & VhostUserFeatures.ProtocolFeatures));
            frontend.SetMemTable([Memory.Region], [Memory.File]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The connection, for everything beyond.</summary>
    public VhostUserFrontend Frontend { get; private set; }

    /// <summary>The driver's memory.</summary>
    public DriverMemory Memory { get; }

    /// <summary>Feature bits in force.</summary>
    public ulong Features { get; }

    internal bool RingsBeginDisabled { get; }

    /// <summary>Features as SET_FEATURES has them.</summary>
    internal ulong ChosenFeatures => Features | (RingsBeginDisabled ? VhostUserFeatures.ProtocolFeatures : 0);

    internal IReadOnlyList<FrontendQueue> Queues => _queues;

    /// <summary>Lays a fresh ring out in the driver's memory and starts it.</summary>
    /// <param name="index">The queue's number.</param>
    /// <param name="size">Entries: a power of two.</param>
    /// <param name="indirectEntries">Longest indirect table in entries; 0: chains are direct.</param>
    public FrontendQueue StartQueue(int index, ushort size, int indirectEntries = 0)
    {
        var queue = new FrontendQueue(this, index, size, indirectEntries);
        _queues.Add(queue);
        queue.Start(0);
        return queue;
    }

    /// <summary>
    /// Moves the driver to another backend while its rings run, as a VMM moves a guest to another host: the other device goes on where this one stops, on a copy of the
    /// memory. The driver notices nothing: what it holds of this session stays valid.
    /// </summary>
    /// <param name="destination">A fresh connection to a backend of the same kind of device; becomes the session's. When it fails, it stays the caller's.</param>
    /// <param name="pause">Has the driver's thread touch neither rings nor memory when it returns, until this method does. Null: it does not anyway.</param>
    /// <param name="options">When the rings are stopped; null: the defaults.</param>
    /// <exception cref="VhostUserException">The other backend does not take the device: its rings go on where they were.</exception>
    public MigrationReport MigrateTo(VhostUserFrontend destination, Action? pause = null, MigrationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var copy = new DriverMemory(Memory.Region.SizeBytes, Memory.Region.Guest);
        var session = new SessionMigration(this, destination, copy, pause ?? (static () => { }));
        session.Negotiate();
        return new LiveMigration(Frontend, ChosenFeatures, [.. _queues.Select(q => (q.Index, q.Addresses with { Log = q.Layout.Device }))]).Run(session, session, options);
    }

    internal void MoveTo(VhostUserFrontend destination, DriverMemory copy, InflightBuffer? inflight)
    {
        _inflight?.Dispose();
        _inflight = inflight;
        Memory.Become(copy);
        Frontend.Dispose();
        Frontend = destination;
    }

    /// <inheritdoc/>
    GuestMemory IDriverTransport.Memory => Memory.Map;

    /// <inheritdoc/>
    GuestAddress IDriverTransport.Allocate(ulong bytes) => Memory.Allocate(bytes);

    /// <inheritdoc/>
    DriverQueue IDriverTransport.StartQueue(int index, ushort size)
    {
        FrontendQueue queue = StartQueue(index, size);
        return new DriverQueue(queue.Ring, queue.Kick, queue.Call);
    }

    /// <summary>Leaves the backend and frees the memory: its queues' rings must not be used any more.</summary>
    public void Dispose()
    {
        Frontend.Dispose();
        _inflight?.Dispose();
        foreach (FrontendQueue queue in _queues)
        {
            queue.Dispose();
        }

        Memory.Dispose();
    }
}
