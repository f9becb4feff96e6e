using FastRing.Devices;
using FastRing.Interop;
using FastRing.VfioUser;

namespace FastRing.Transports.Tests.Support;

/// <summary>A device of somebody else's behind a vfio-user socket.</summary>
internal sealed class VfioUserServing : IDisposable
{
    private readonly VfioUserServer _server;

    public VfioUserServing(DeviceWorker worker, IVirtioDevice device)
    {
        _server = new VfioUserServer(worker.Worker, device, UnixSocket.Listen(Path), "test");
        _server.Start();
    }

    public string Path { get; } = $"@fastring-serving-{Environment.ProcessId}-{Guid.NewGuid():N}";

    public void Dispose() => _server.Dispose();
}
