using FastRing.Console;
using FastRing.Console.Ports;
using FastRing.VhostUser.Backend;

namespace FastRing.Native.Handles;

/// <summary><c>fr_device</c>, with its ports and who serves it. What changes it takes its lock, and may wait for its worker meanwhile.</summary>
internal sealed class DeviceHandle(WorkerHandle worker, ConsoleDevice device) : NativeObject
{
    private readonly Lock _lock = new();
    private readonly HashSet<PortHandle> _ports = [];
    private int _backends;
    private bool _isDestroyed;

    public ConsoleDevice Device => device;

    public override HandleKind Kind => HandleKind.Device;

    /// <summary>Adds a port. The endpoint is the device's from then on; if this throws, it is to be disposed.</summary>
    public ulong AddPort(PortOptions options)
    {
        lock (_lock)
        {
            ThrowIfDestroyed();
            Port? port = null;
            OnWorker(() => port = device.AddPort(options));
            var added = new PortHandle(this, port!, options.Endpoint);
            try
            {
                HandleTable.Add(added);
            }
            catch
            {
                device.RemovePortAsync(port!).GetAwaiter().GetResult();
                throw;
            }

            _ports.Add(added);
            return added.Handle;
        }
    }

    public void RemovePort(PortHandle port)
    {
        lock (_lock)
        {
            HandleTable.Take(port);
            _ports.Remove(port);
            device.RemovePortAsync(port.Port).GetAwaiter().GetResult();
        }
    }

    /// <summary>Has a backend serve it, which is to be disposed if this throws.</summary>
    /// <param name="backend">Not started yet.</param>
    /// <param name="path">The socket file it made; null: none.</param>
    public ulong AddBackend(VhostUserBackend backend, string? path)
    {
        lock (_lock)
        {
            ThrowIfDestroyed();
            backend.Start();
            ulong handle = HandleTable.Add(new BackendHandle(this, backend, path));
            _backends++;
            return handle;
        }
    }

    public void RemoveBackend(BackendHandle backend)
    {
        lock (_lock)
        {
            HandleTable.Take(backend);
            _backends--;
            backend.Close();
        }
    }

    /// <summary>Runs on the device's thread, and waits for it.</summary>
    public void Invoke(Action action)
    {
        lock (_lock)
        {
            ThrowIfDestroyed();
            OnWorker(action);
        }
    }

    public void Destroy()
    {
        lock (_lock)
        {
            ThrowIfDestroyed();
            if (_backends > 0)
            {
                throw new AbiException(ErrorCode.State, $"the device is served by {_backends} backends still");
            }

            _isDestroyed = true;
            foreach (PortHandle port in _ports)
            {
                HandleTable.Take(port);
            }

            device.Dispose();
            HandleTable.Take(this);
        }

        worker.RemoveDevice();
    }

    // Its result is waited for here: nothing goes by way of the thread pool, which would have threads of its own.
    private void OnWorker(Action action) => device.Worker.InvokeAsync(action).GetAwaiter().GetResult();

    private void ThrowIfDestroyed()
    {
        if (_isDestroyed)
        {
            throw new AbiException(ErrorCode.Handle, HandleTable.WhyNot(Handle, Kind));
        }
    }
}
