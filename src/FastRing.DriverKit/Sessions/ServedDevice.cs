using FastRing.Devices;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.DriverKit;

/// <summary>
/// A device in this process behind a real vhost-user connection: its worker, its backend, and a listening socket to reach it by. What passes
/// between a <see cref="FrontendSession"/> of it and the device is what would pass between two processes.
/// </summary>
public sealed class ServedDevice : IDisposable
{
    private static int s_number;

    private readonly List<Exception> _faults = [];

    /// <summary>Begins to serve.</summary>
    /// <param name="device">The device; the caller's, as far as it is to be disposed.</param>
    /// <param name="makeBackend">Makes the backend, if it is to have properties of its own.</param>
    /// <exception cref="LinuxException">There is no socket or no thread to be had.</exception>
    public ServedDevice(IVirtioDevice device, Func<Worker, OwnedFd, VhostUserBackend>? makeBackend = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        Worker = new Worker("served-device", AddFault);
        OwnedFd socket = UnixSocket.Listen(Path, backlog: 16);
        Backend = makeBackend?.Invoke(Worker, socket) ?? new VhostUserBackend(Worker, device, socket, "served-device");
        Backend.Start();
    }

    /// <summary>The thread that runs the device.</summary>
    public Worker Worker { get; }

    /// <summary>The backend.</summary>
    public VhostUserBackend Backend { get; }

    /// <summary>The name of the socket, an abstract one.</summary>
    public string Path { get; } = $"@fastring-kit-{Environment.ProcessId}-{Interlocked.Increment(ref s_number)}";

    /// <summary>What the device threw where it must not, so far.</summary>
    public IReadOnlyList<Exception> Faults
    {
        get
        {
            lock (_faults)
            {
                return [.. _faults];
            }
        }
    }

    /// <summary>Connects; one frontend at a time is served, the others wait.</summary>
    public VhostUserFrontend Connect() => VhostUserFrontend.Connect(Path);

    /// <summary>Connects and negotiates.</summary>
    /// <param name="features">Feature bits wanted; those that are not offered are left out.</param>
    /// <param name="memoryBytes">Size of the driver's memory in bytes.</param>
    public FrontendSession OpenSession(ulong features = ulong.MaxValue, ulong memoryBytes = 1 << 20) => new(Connect(), memoryBytes, features);

    /// <summary>Runs something on the device's thread and waits for it.</summary>
    public void Run(Action action) => Worker.InvokeAsync(action).GetAwaiter().GetResult();

    /// <summary>Ends the session and the worker; the device was reset when this returns.</summary>
    public void Dispose()
    {
        Backend.Dispose();
        Worker.Dispose();
    }

    private void AddFault(Exception fault)
    {
        lock (_faults)
        {
            _faults.Add(fault);
        }
    }
}
